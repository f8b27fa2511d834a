import type { LivePart } from "./state";

/** Where it is kept since when the thought runs that is being written. */
export const THINKING = "thinking";

/** With more than this at once the thought began unseen. */
const FIRST_CHARS_MAX = 200;

/**
 * Notes since when a thought runs that is seen from its first word on. What it took in the end
 * is said nowhere: only a page that was open could know it, and all pages show the same.
 */
export class Thoughts {
  private text = "";
  /** The first frame repeats what was written before. */
  private begun = false;

  constructor(private readonly kept: Map<string, unknown>) {}

  see(live: readonly LivePart[], now: number): void {
    const last = live.at(-1);
    const text = last?.kind === "reasoning" ? last.text : "";
    const starts = this.begun && !this.text && text.length <= FIRST_CHARS_MAX;
    if (text && starts) this.kept.set(THINKING, now);
    if (!text) this.kept.delete(THINKING);
    this.text = text;
    this.begun = true;
  }
}

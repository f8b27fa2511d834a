import type { LivePart } from "./state";

/** Where the time of a thought is kept: its beginning tells it from others. */
export const thoughtKey = (text: string): string => `thought ${text.trim().slice(0, 80)}`;

/** Where it is kept since when the thought runs that is being written. */
export const THINKING = "thinking";

/** With more than this at once the thought began unseen. */
const FIRST_CHARS_MAX = 200;

/** Measures how long thoughts take that are seen from their first word to their last. */
export class Thoughts {
  private text = "";
  /** The first frame repeats what was written before. */
  private begun = false;

  constructor(private readonly kept: Map<string, unknown>) {}

  see(live: readonly LivePart[], now: number): void {
    const last = live.at(-1);
    const text = last?.kind === "reasoning" ? last.text : "";
    const since = this.kept.get(THINKING);
    const starts = this.begun && !this.text && text.length <= FIRST_CHARS_MAX;
    if (text && starts) this.kept.set(THINKING, now);
    if (!text && typeof since === "number") {
      this.kept.set(thoughtKey(this.text), now - since);
      this.kept.delete(THINKING);
    }
    this.text = text;
    this.begun = true;
  }
}

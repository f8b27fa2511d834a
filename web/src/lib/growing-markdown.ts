// Markdown that is still written: blocks that nothing written later can change are read once,
// so that a long answer costs as little per frame as a short one.
import type { Token } from "marked";
import { openBlocks, readBlocks } from "./markdown";

/** What is written later may still change this many blocks at the end. */
const OPEN_BLOCKS = 2;

export class GrowingMarkdown {
  private settled: readonly Token[] = [];
  private settledText = "";

  /** The blocks of a text; it usually starts with the text of the call before. */
  blocks(text: string): Token[] {
    if (!text.startsWith(this.settledText)) this.forget();
    this.settle(text);
    return [...this.settled, ...openBlocks(text.slice(this.settledText.length))];
  }

  private forget(): void {
    this.settled = [];
    this.settledText = "";
  }

  private settle(text: string): void {
    const rest = text.slice(this.settledText.length);
    const tokens = readBlocks(rest);
    // A definition counts for all that follows, so what follows needs it.
    if (tokens.some((token) => token.type === "def")) return;
    const done = tokens.slice(0, firstOpen(tokens));
    const raw = done.map((token) => token.raw).join("");
    // Line ends and tabs may have been read as others: then the two can't be compared.
    if (raw === "" || !rest.startsWith(raw)) return;
    this.settled = [...this.settled, ...done.filter((token) => token.type !== "space")];
    this.settledText += raw;
  }
}

function firstOpen(tokens: readonly Token[]): number {
  let open = 0;
  for (let at = tokens.length - 1; at >= 0; at -= 1) {
    if (tokens[at]?.type !== "space") open += 1;
    if (open === OPEN_BLOCKS) return at;
  }
  return 0;
}

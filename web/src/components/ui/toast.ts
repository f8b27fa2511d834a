import { errorText } from "@/api/client";
import type { GlyphName } from "./glyph";

const SHOWN_MS = 8_000;

export interface Action {
  name: string;
  run: () => void;
}

export interface Words {
  /** A later toast of the same id takes this one's place. */
  id?: string;
  glyph: GlyphName;
  title: string;
  detail?: string;
  action?: Action | undefined;
  tone?: string;
}

// What shows them is no part of the first load; a lost chunk is asked for by the next one.
async function show(words: Words, duration: number): Promise<void> {
  const { show } = await import("./toaster");
  await show(words, duration);
}

/** News from elsewhere. */
export function tell(words: Words): void {
  void show(words, SHOWN_MS);
}

/** A passing word, with at most one action. */
export function say(title: string, action?: Action): void {
  void show({ glyph: "check", title, action }, SHOWN_MS);
}

/** A word that waits for its action. Said again, it takes its own place. */
export function insist(title: string, action: Action): void {
  void show({ id: title, glyph: "warn", title, action }, Number.POSITIVE_INFINITY);
}

/** What went wrong; stays until it is dismissed. */
export function complain(title: string, error?: unknown, action?: Action, id?: string): void {
  const detail = error === undefined ? "" : errorText(error);
  const words: Words = { glyph: "error", tone: "bad", title, detail, action };
  void show(id ? { ...words, id } : words, Number.POSITIVE_INFINITY);
}

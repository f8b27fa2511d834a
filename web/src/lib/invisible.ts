/** What the server strips from prompts: code points without a shape (`base/sanitize.rs`). */
const INVISIBLE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant by itself
  /\u034F|[\u00AD\u061C\u180E\u200B\u200D-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB]/gu;

/** How many characters of a text nobody can see and the server would remove. */
export function countInvisible(text: string): number {
  return text.match(INVISIBLE)?.length ?? 0;
}

export function withoutInvisible(text: string): string {
  return text.replace(INVISIBLE, "");
}

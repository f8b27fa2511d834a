// Names and titles are hostile input: what can't be seen is made visible or taken away.

const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
const DECEIVING = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

function name(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** One line of text without control characters; deceiving ones are written out. */
export function plain(text: string): string {
  return text.replace(CONTROL, " ").replace(DECEIVING, name).trim();
}

/** Keeps lines and tabs; for what is shown as it is. */
export function visible(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, "").replace(DECEIVING, name);
}

/** How many characters of a text can't be seen; the server takes them out. */
export function invisibleCount(text: string): number {
  return text.match(DECEIVING)?.length ?? 0;
}

export function withoutInvisible(text: string): string {
  return text.replace(DECEIVING, "");
}

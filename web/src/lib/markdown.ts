// Markdown as tokens. Nothing here or behind it ever makes HTML: tokens become React elements,
// and raw HTML is shown as the text it is.
import { lexer, type Token, type Tokens } from "marked";
import remend from "remend";

const ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  copy: "©",
  hellip: "…",
  mdash: "—",
  ndash: "–",
  rarr: "→",
  larr: "←",
  times: "×",
};

/** Character references in running text. */
export function decode(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const hex = name[1] === "x" || name[1] === "X";
    const code = Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** All blocks of a text, empty space between them included. */
export function readBlocks(text: string): Token[] {
  try {
    return lexer(text, { gfm: true });
  } catch {
    return [{ type: "text", raw: text, text } as Tokens.Text];
  }
}

/** Blocks of a finished text. */
export function blocks(text: string): Token[] {
  return readBlocks(text).filter((token) => token.type !== "space");
}

/** Blocks of an unfinished text: what is open is closed first, so that it does not jump. */
export function openBlocks(text: string): Token[] {
  return blocks(remend(text, { links: false, images: false }));
}

const SCHEMES = /^(https?|mailto):/i;

/** An address that may be followed, or null. */
export function safeHref(href: string): string | null {
  // Browsers ignore these characters, so must we.
  const clean = href.replace(/[\u0000-\u0020\u007f-\u00a0\u200b-\u200f\u202a-\u202e\ufeff]/g, "");
  if (SCHEMES.test(clean)) return clean;
  return /^\/(?![/\\])/.test(clean) || clean.startsWith("#") ? clean : null;
}

/** Where an address leads; null for our own pages. */
export function hostOf(href: string): string | null {
  try {
    const url = new URL(href, location.origin);
    if (url.protocol === "mailto:") return null;
    return url.origin === location.origin ? null : url.host;
  } catch {
    return null;
  }
}

/** Whether a link's words name another host than the one it leads to. */
export function looksLikeOtherHost(words: string, host: string): boolean {
  const named = words.trim().match(/^(?:https?:\/\/)?((?:[\w-]+\.)+[a-z]{2,})(?:[:/?#]|$)/i)?.[1];
  if (!named) return false;
  const bare = (name: string) =>
    name
      .toLowerCase()
      .replace(/^www\./, "")
      .replace(/:\d+$/, "");
  return bare(named) !== bare(host);
}

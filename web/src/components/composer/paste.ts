// When pasted text becomes a file of its own. Pure.

const CHARS_MAX = 2_000;
const LINES_MAX = 40;

/** Whether a text is so long that it would bury what the person writes around it. */
export function isLong(text: string): boolean {
  let lines = 1;
  for (const character of text) if (character === "\n") lines += 1;
  return lines > LINES_MAX || (text.length > CHARS_MAX && [...text].length > CHARS_MAX);
}

/** `pasted-text-2026-11-22-14-02-10.txt`, by the clock on the wall. */
export function pastedName(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())];
  const time = [two(at.getHours()), two(at.getMinutes()), two(at.getSeconds())];
  return `pasted-text-${[...day, ...time].join("-")}.txt`;
}

export function isPasted(name: string): boolean {
  return /^pasted-text-\d{4}(-\d{2}){5}\.txt$/.test(name);
}

export interface Clipboard {
  text: string;
  html: string;
  files: File[];
}

export type Pasted =
  | { kind: "files"; files: File[] }
  | { kind: "text"; text: string }
  | { kind: "long"; text: string }
  | { kind: "nothing" };

/** What is meant by a paste: a picture beside text is a picture of that text. */
export function pasted({ text, html, files }: Clipboard): Pasted {
  const words = (text || wordsOfHtml(html)).replace(/\r\n?/g, "\n");
  const isDocument = words.trim() !== "" && html !== "";
  if (files.length > 0 && !isDocument) return { kind: "files", files };
  if (words === "") return { kind: "nothing" };
  return { kind: isLong(words) ? "long" : "text", text: words };
}

function wordsOfHtml(html: string): string {
  if (html === "") return "";
  // Parsed apart from the page: nothing in it loads or runs.
  return new DOMParser().parseFromString(html, "text/html").body.textContent ?? "";
}

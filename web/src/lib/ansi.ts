// Terminal output as styled pieces of text. Colours and styles only: cursor movement, titles,
// links, queries and bells are dropped, progress bars collapse to their last line.

export interface Span {
  text: string;
  /** Class names; empty for plain text. */
  look: string;
}

interface Pen {
  colour: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const PLAIN: Pen = { colour: "", bold: false, dim: false, italic: false, underline: false };
// The 16 colours in the tokens of our palette.
const COLOURS = ["k", "bad", "good", "warn", "blue", "magenta", "cyan", "white"];

// CSI … final, OSC … BEL or ST, DCS/SOS/PM/APC … ST, and two-character escapes.
const SEQUENCE =
  /\x1b\[([0-9;:?<=>]*)[ -/]*([@-~])?|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[ -/]*[0-~]?|\x9b([0-9;:]*)([@-~])/g;
// All others but tab and line feed.
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

function withCodes(pen: Pen, codes: string): Pen {
  let next = pen;
  const numbers = codes.split(/[;:]/).map((code) => Number(code || 0));
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    if (code === 38 || code === 48) {
      // Extended colours are not ours: skip their arguments.
      at += numbers[at + 1] === 5 ? 2 : 4;
    } else {
      next = withCode(next, code);
    }
  }
  return next;
}

function withCode(pen: Pen, code: number): Pen {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...pen, bold: true };
  if (code === 2) return { ...pen, dim: true };
  if (code === 3) return { ...pen, italic: true };
  if (code === 4) return { ...pen, underline: true };
  if (code === 22) return { ...pen, bold: false, dim: false };
  if (code === 23) return { ...pen, italic: false };
  if (code === 24) return { ...pen, underline: false };
  if (code === 39) return { ...pen, colour: "" };
  const base = code >= 90 && code <= 97 ? code - 90 : code >= 30 && code <= 37 ? code - 30 : -1;
  return base < 0 ? pen : { ...pen, colour: COLOURS[base] ?? "" };
}

function look(pen: Pen): string {
  return [
    pen.colour && `ansi-${pen.colour}`,
    pen.bold && "ansi-bold",
    pen.dim && "ansi-dim",
    pen.italic && "ansi-italic",
    pen.underline && "ansi-underline",
  ]
    .filter(Boolean)
    .join(" ");
}

/** Keeps what a terminal would show of a line that was written over. */
export function lastWritten(line: string): string {
  const trimmed = line.replace(/\r+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

export function ansi(raw: string): Span[] {
  const text = raw.split("\n").map(lastWritten).join("\n");
  const spans: Span[] = [];
  let pen = PLAIN;
  let at = 0;
  const push = (piece: string) => {
    const clean = piece.replace(CONTROL, "");
    if (!clean) return;
    const style = look(pen);
    const last = spans.at(-1);
    if (last && last.look === style) last.text += clean;
    else spans.push({ text: clean, look: style });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    push(text.slice(at, match.index));
    at = match.index + match[0].length;
    if ((match[2] ?? match[4]) === "m") pen = withCodes(pen, match[1] ?? match[3] ?? "");
  }
  push(text.slice(at));
  return spans;
}

export function withoutAnsi(raw: string): string {
  return ansi(raw)
    .map((span) => span.text)
    .join("");
}

// What a terminal says by itself, in answer to questions in its output.

/**
 * Answers to questions about the device, its colours or the cursor. When kept output is shown
 * again its questions are asked again; whoever asked has had an answer long ago, and the shell
 * would take a second one for something typed.
 */
const ANSWER =
  /^(?:\x1b\[[?>=]?[\d;]*[cnRty]|\x1b\[\?[\d;]*\$y|\x1b[\]P][^\x07\x1b]*(?:\x07|\x1b\\))+$/;

export function isAnswer(data: string): boolean {
  return ANSWER.test(data);
}

/** Only these are ever opened. */
export function asLink(text: string): URL | undefined {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
  } catch {
    return undefined;
  }
}

const LINK = /https?:\/\/[^\s"'<>`|\\^{}()[\]]+/g;

/** Addresses in a line of output, with the columns that they take. */
export function linksIn(line: string): { text: string; from: number; to: number }[] {
  return [...line.matchAll(LINK)]
    .map((match) => {
      // A sentence's own signs do not belong to it.
      const text = match[0].replace(/[.,;:!?]+$/, "");
      return { text, from: match.index, to: match.index + text.length };
    })
    .filter(({ text }) => asLink(text) !== undefined);
}

/** Where a text is found next, above a line; from the end again when there is nothing above. */
export function findAbove(
  lines: { count: number; text: (at: number) => string },
  wanted: string,
  from: number,
): { line: number; column: number } | undefined {
  const needle = wanted.toLowerCase();
  if (!needle || lines.count === 0) return undefined;
  for (let step = 0; step < lines.count; step += 1) {
    const line = (((from - 1 - step) % lines.count) + lines.count) % lines.count;
    const column = lines.text(line).toLowerCase().indexOf(needle);
    if (column >= 0) return { line, column };
  }
  return undefined;
}

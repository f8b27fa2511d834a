import { memo, type ReactNode } from "react";
import type { DiffLine, FileDiff } from "@/lib/diff";
import { languageOf, type Piece } from "@/lib/highlight";
import { visible } from "@/lib/plain";
import { useHighlight } from "@/lib/use-highlight";

interface Props {
  file: FileDiff;
  /** One column of numbers (timeline, phones) or two (panel). */
  gutters?: 1 | 2;
}

const SIGN = { context: "", add: "+", del: "-", hunk: "" } as const;

export function Counts({ added, deleted }: { added: number; deleted: number }) {
  return (
    <span className="num">
      {added > 0 && <span className="plus">+{added}</span>}
      {added > 0 && deleted > 0 && " "}
      {deleted > 0 && <span className="minus">−{deleted}</span>}
    </span>
  );
}

/** Lines scroll inside and never wrap; the sign carries the meaning, not the wash. */
export const DiffView = memo(function DiffView({ file, gutters = 1 }: Props) {
  const text = file.lines.map((line) => visible(line.text)).join("\n");
  const coloured = useHighlight(text, languageOf(file.path));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className="diff" tabIndex={0} aria-label={`Changes in ${file.path}`}>
      <div className="diff-in">
        {file.lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
          <Line key={at} line={line} gutters={gutters} pieces={coloured?.[at]} />
        ))}
        {file.cut && <div className="hunk">Longer than what is shown here.</div>}
      </div>
    </section>
  );
});

interface LineProps {
  line: DiffLine;
  gutters: 1 | 2;
  pieces: Piece[] | undefined;
}

function Line({ line, gutters, pieces }: LineProps) {
  if (line.kind === "hunk") {
    return line.text ? (
      <div className="hunk">@@ {visible(line.text)}</div>
    ) : (
      <div className="hunk-rule" />
    );
  }
  const look = line.kind === "context" ? "" : line.kind;
  return (
    <div className={`r ${gutters === 1 ? "one" : ""} ${look}`}>
      {gutters === 2 && <span className="ln">{line.before}</span>}
      <span className="ln">{gutters === 1 ? (line.after ?? line.before) : line.after}</span>
      <span className="sg">{SIGN[line.kind]}</span>
      <span className="tx">
        <Code line={line} pieces={pieces} />
      </span>
    </div>
  );
}

/** A line's text in colours, its changed part marked. */
export function Code({ line, pieces }: { line: DiffLine; pieces: Piece[] | undefined }) {
  const code = pieces ?? [{ text: visible(line.text), role: "" as const }];
  return line.mark ? marked(code, line.mark) : plainPieces(code);
}

function plainPieces(code: Piece[]): ReactNode {
  return code.map((piece, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other identity
    <span key={at} className={piece.role || undefined}>
      {piece.text}
    </span>
  ));
}

/** The same pieces, with those inside of the range in a mark. */
function marked(code: Piece[], [from, to]: [number, number]): ReactNode {
  let at = 0;
  const before: Piece[] = [];
  const inside: Piece[] = [];
  const after: Piece[] = [];
  for (const piece of code) {
    const start = Math.max(0, from - at);
    const end = Math.max(0, to - at);
    const cut = (target: Piece[], text: string) => {
      if (text) target.push({ text, role: piece.role });
    };
    cut(before, piece.text.slice(0, start));
    cut(inside, piece.text.slice(start, Math.max(start, end)));
    cut(after, piece.text.slice(Math.max(start, end)));
    at += piece.text.length;
  }
  return (
    <>
      {plainPieces(before)}
      <mark>{plainPieces(inside)}</mark>
      {plainPieces(after)}
    </>
  );
}

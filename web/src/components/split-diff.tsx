import { memo } from "react";
import { type FileDiff, type SplitRow, splitRows } from "@/lib/diff";
import { languageOf, type Piece } from "@/lib/highlight";
import { visible } from "@/lib/plain";
import { useHighlight } from "@/lib/use-highlight";
import { Code } from "./diff-view";

/** Before on the left, after on the right. */
export const SplitDiff = memo(function SplitDiff({ file }: { file: FileDiff }) {
  const text = file.lines.map((line) => visible(line.text)).join("\n");
  const coloured = useHighlight(text, languageOf(file.path));
  return (
    <section className="diff split" aria-label={`Changes in ${file.path}`}>
      {splitRows(file.lines).map((row, at) =>
        row.hunk === undefined ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
          <Row key={at} row={row} coloured={coloured} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
          <div key={at} className="hunk">
            @@ {visible(row.hunk)}
          </div>
        ),
      )}
    </section>
  );
});

interface RowProps {
  row: SplitRow;
  coloured: Piece[][] | null;
}

function Row({ row, coloured }: RowProps) {
  return (
    <div className="sr">
      <Half side="before" row={row} coloured={coloured} />
      <Half side="after" row={row} coloured={coloured} />
    </div>
  );
}

function Half({ side, row, coloured }: RowProps & { side: "before" | "after" }) {
  const cell = row[side];
  if (!cell) return <div className="half none" />;
  const { line, at } = cell;
  const look = line.kind === "context" ? "" : line.kind;
  const sign = line.kind === "del" ? "-" : line.kind === "add" ? "+" : "";
  return (
    <div className={`half ${look}`}>
      <span className="ln">{line[side]}</span>
      <span className="sg">{sign}</span>
      <span className="tx">
        <Code line={line} pieces={coloured?.[at]} />
      </span>
    </div>
  );
}

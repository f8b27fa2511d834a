import { type RefObject, useEffect, useState } from "react";
import { addFileReference } from "@/components/composer/references";
import { Button } from "@/components/ui/button";
import { useChatId } from "@/lib/chat-id";

export interface SourceLine {
  /** Null where the tool gave none. */
  number: number | null;
  text: string;
}

interface Range {
  from: number;
  to: number;
}

/** The line of a node, by the mark on its row. */
function lineOf(node: Node | null, root: HTMLElement): number | null {
  const element = node instanceof HTMLElement ? node : node?.parentElement;
  const row = element?.closest<HTMLElement>("[data-line]");
  return row && root.contains(row) ? Number(row.dataset.line) : null;
}

/** The rows that are marked inside of an element. */
export function markedRange(selection: Selection | null, root: HTMLElement): Range | null {
  if (!selection || selection.isCollapsed) return null;
  const ends = [lineOf(selection.anchorNode, root), lineOf(selection.focusNode, root)];
  const [a, b] = ends;
  if (a === null || b === null || a === undefined || b === undefined) return null;
  return { from: Math.min(a, b), to: Math.max(a, b) };
}

interface Props {
  path: string;
  lines: readonly SourceLine[];
  source: RefObject<HTMLElement | null>;
}

/** Puts lines of a file into the message: those that are marked, or all that are shown. */
export function Refer({ path, lines, source }: Props) {
  const chatId = useChatId();
  const [range, setRange] = useState<Range | null>(null);
  useEffect(() => {
    const look = () =>
      setRange(source.current && markedRange(document.getSelection(), source.current));
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [source]);
  if (!chatId || lines.length === 0) return null;
  const { from, to } = range ?? { from: 0, to: lines.length - 1 };
  const start = lines[from]?.number ?? from + 1;
  const end = lines[to]?.number ?? to + 1;
  const words = !range
    ? "Refer to this"
    : from === to
      ? `Refer to line ${start}`
      : `Refer to lines ${start}–${end}`;
  return (
    <div className="meta">
      <span className="grow" />
      <Button
        look="text"
        size="small"
        // Pressing it must not take the marks away.
        onMouseDown={(event) => event.preventDefault()}
        onClick={() =>
          addFileReference(chatId, {
            file_name: path,
            start_line: start,
            end_line: end,
            content: lines
              .slice(from, to + 1)
              .map((line) => line.text)
              .join("\n"),
          })
        }
      >
        {words}
      </Button>
    </div>
  );
}

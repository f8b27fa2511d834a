// Lines of a diff that a person has marked, as a reference to lines of the file.
import { useEffect, useState } from "react";
import type { FileReference } from "@/components/composer/content";
import type { FileDiff } from "@/lib/diff";

export interface Marked {
  from: number;
  to: number;
}

/**
 * What the marked lines are in the file as it is now; of removed lines alone, where they were.
 * Undefined when nothing but heads of hunks is marked.
 */
export function referenceOf(
  path: string,
  { lines }: FileDiff,
  { from, to }: Marked,
): FileReference | undefined {
  const marked = lines.slice(from, to + 1).filter((line) => line.kind !== "hunk");
  const present = marked.filter((line) => line.after !== undefined);
  const shown = present.length > 0 ? present : marked;
  const numbers = shown.map((line) => line.after ?? line.before ?? 0).filter((line) => line > 0);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return {
    file_name: path,
    start_line: first,
    end_line: last,
    content: shown.map((line) => line.text).join("\n"),
  };
}

function rowOf(node: Node | null, rows: Element[]): number {
  const element = node instanceof Element ? node : node?.parentElement;
  const row = element?.closest(".r, .hunk");
  return row ? rows.indexOf(row) : -1;
}

/** Follows which lines of a diff are marked with pointer or keys. */
export function useMarked(host: HTMLElement | null): Marked | undefined {
  const [marked, setMarked] = useState<Marked>();
  useEffect(() => {
    if (!host) return;
    const look = () => {
      const selection = getSelection();
      const rows = [...host.querySelectorAll(".r, .hunk")];
      const [a, b] = [
        rowOf(selection?.anchorNode ?? null, rows),
        rowOf(selection?.focusNode ?? null, rows),
      ];
      const isInside = a >= 0 && b >= 0 && selection?.isCollapsed === false;
      setMarked(isInside ? { from: Math.min(a, b), to: Math.max(a, b) } : undefined);
    };
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [host]);
  return marked;
}

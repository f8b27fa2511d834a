import type { ChatMessage } from "@/api/generated/types";
import { type FileDiff, parseDiff } from "@/lib/diff";
import { resultsOf } from "@/stream/rows";
import { fields, list, text } from "@/tools/card";

export interface Changes {
  files: FileDiff[];
  added: number;
  deleted: number;
  /** The same files without a limit to their lines. */
  whole: () => FileDiff[];
}

/** What the agent's edits in this conversation did, file by file, in the order they came. */
export function changesOf(messages: readonly ChatMessage[], linesMax?: number): Changes {
  const files = new Map<string, FileDiff>();
  for (const { part } of resultsOf(messages).values()) {
    if (part.tool_name !== "edit_files" || part.is_error) continue;
    for (const file of list(fields(part.result ?? undefined).files)) {
      const { diff, path } = fields(file);
      for (const one of parseDiff(text(diff), linesMax)) {
        add(files, { ...one, path: text(path) || one.path });
      }
    }
  }
  const all = [...files.values()];
  const sum = (of: (file: FileDiff) => number) => all.reduce((total, file) => total + of(file), 0);
  return {
    files: all,
    added: sum((file) => file.added),
    deleted: sum((file) => file.deleted),
    whole: () => changesOf(messages, Number.POSITIVE_INFINITY).files,
  };
}

function add(files: Map<string, FileDiff>, file: FileDiff): void {
  const known = files.get(file.path);
  files.set(
    file.path,
    known
      ? {
          ...known,
          added: known.added + file.added,
          deleted: known.deleted + file.deleted,
          lines: [...known.lines, ...file.lines],
          cut: known.cut || file.cut,
        }
      : file,
  );
}

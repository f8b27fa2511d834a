import type { ChatMessage } from "@/api/generated/types";
import { type FileDiff, parseDiff } from "@/lib/diff";
import { resultsOf } from "@/stream/rows";
import { fields, list, text } from "@/tools/card";

export interface Changes {
  files: FileDiff[];
  added: number;
  deleted: number;
}

/** What the agent's edits in this conversation did, file by file, in the order they came. */
export function changesOf(messages: readonly ChatMessage[]): Changes {
  const files = new Map<string, FileDiff>();
  for (const { part } of resultsOf(messages).values()) {
    if (part.tool_name !== "edit_files" || part.is_error) continue;
    for (const file of list(fields(part.result ?? undefined).files)) {
      const { diff, path } = fields(file);
      for (const one of parseDiff(text(diff))) add(files, { ...one, path: text(path) || one.path });
    }
  }
  const all = [...files.values()];
  const sum = (of: (file: FileDiff) => number) => all.reduce((total, file) => total + of(file), 0);
  return { files: all, added: sum((file) => file.added), deleted: sum((file) => file.deleted) };
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

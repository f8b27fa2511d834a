import type { JsonValue } from "@/api/generated/types";
import { Counts, DiffView } from "@/components/diff-view";
import { editAsDiff, type FileDiff, parseDiff } from "@/lib/diff";
import { tilde } from "@/lib/paths";
import type { ToolCall } from "@/stream/rows";
import { type Card, early, fields, list, tense, text, unescaped } from "./card";

/** A field of the arguments, whole or as far as it is written. */
const FIELD = /"(path|search|replace)"\s*:\s*"((?:[^"\\]|\\.)*)/g;

/** The files as the call asked for them. */
function asked(args: JsonValue | undefined): FileDiff[] {
  return list(fields(args).files).map((file) => {
    const { path, edits } = fields(file);
    const pairs = list(edits).map((edit) => ({
      search: text(fields(edit).search),
      replace: text(fields(edit).replace),
    }));
    return editAsDiff(text(path), pairs);
  });
}

/** The same of arguments that are still being written. */
function soFar(argsText: string): FileDiff[] {
  const files: { path: string; edits: { search: string; replace: string }[] }[] = [];
  for (const [, name, value] of argsText.matchAll(FIELD)) {
    const words = unescaped(value ?? "");
    const file = files.at(-1);
    if (name === "path") files.push({ path: words, edits: [] });
    else if (name === "search") file?.edits.push({ search: words, replace: "" });
    else {
      const edit = file?.edits.at(-1);
      if (edit) edit.replace = words;
    }
  }
  return files
    .filter((file) => file.edits.length > 0)
    .map((file) => editAsDiff(file.path, file.edits));
}

/** The files as they were changed. */
export function changedFiles(call: ToolCall): FileDiff[] {
  const files = list(fields(call.result).files).flatMap((file) => {
    const { diff, path } = fields(file);
    return parseDiff(text(diff)).map((one) => ({ ...one, path: text(path) || one.path }));
  });
  if (files.length > 0) return files;
  return call.args === undefined ? soFar(call.argsText) : asked(call.args);
}

export function editFiles(call: ToolCall): Card {
  const files = changedFiles(call);
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const deleted = files.reduce((sum, file) => sum + file.deleted, 0);
  const paths = files.map((file) => tilde(file.path)).join(", ");
  return {
    verb: tense(call, ["Writing", "Editing", "Edited"]),
    object: paths || tilde(early(call.argsText, "path")) || "files",
    mono: true,
    note: files.length > 0 && <Counts added={added} deleted={deleted} />,
    open: call.state === "pending" || call.state === "running",
    body:
      files.length === 0
        ? undefined
        : () =>
            files.map((file) => (
              <div className="body" key={file.path}>
                <DiffView file={file} />
              </div>
            )),
    failure: "Edit didn’t apply",
  };
}

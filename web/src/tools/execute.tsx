import { Counts, DiffView } from "@/components/diff-view";
import { parseDiff } from "@/lib/diff";
import { plural } from "@/lib/format";
import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, number, tense, text } from "./card";
import { Terminal } from "./terminal";

/** "3 passed, 0 failed" and the like: the last line often says how it went. */
function verdict(output: string): string {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  return /\b\d+ (passed|failed|ok|errors?|warnings?)\b/.test(last) && last.length <= 40 ? last : "";
}

function body(call: ToolCall) {
  const result = fields(call.result);
  const output = text(result.output) || call.output;
  const command = arg(call, "command");
  const live = call.state === "running";
  const files = call.state === "done" ? parseDiff(output) : [];
  const workdir = text(fields(call.args).workdir);
  const truncated = result.truncated ? "output was cut" : "";
  const foot = [workdir && `in ${workdir}`, truncated].filter(Boolean).join(", ");
  if (files.length === 0) {
    return <Terminal command={command} output={output} live={live} foot={foot} />;
  }
  return files.map((file) => (
    <div className="body" key={file.path}>
      <DiffView file={file} />
    </div>
  ));
}

export function execute(call: ToolCall): Card {
  const result = fields(call.result);
  const code = number(result.exit_code);
  const process = text(result.background_process_id) || text(result.process_id);
  const output = text(result.output);
  const files = call.state === "done" ? parseDiff(output) : [];
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const deleted = files.reduce((sum, file) => sum + file.deleted, 0);
  const failed = code !== undefined && code !== 0;
  let note: Card["note"] = "";
  if (failed)
    note = (
      <span className="warn">{[verdict(output), `exit ${code}`].filter(Boolean).join(", ")}</span>
    );
  else if (files.length > 0)
    note = (
      <>
        {plural(files.length, "file")} <Counts added={added} deleted={deleted} />
      </>
    );
  else if (process) note = "in the background";
  else note = verdict(output);
  return {
    verb: tense(call, ["Writing", "Running", "Ran"]),
    object: arg(call, "command") || "a command",
    mono: true,
    note,
    warning: failed,
    open: call.state === "running" || files.length > 0,
    body: call.state === "pending" ? undefined : () => body(call),
    failure: "Command didn’t run",
  };
}

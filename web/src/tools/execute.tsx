import { Counts, DiffView } from "@/components/diff-view";
import { parseDiff } from "@/lib/diff";
import { plural } from "@/lib/format";
import { plain } from "@/lib/plain";
import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, number, tense, text } from "./card";
import { Terminal } from "./terminal";

/** "3 passed, 0 failed" and the like: the last line often says how it went. */
function verdict(output: string): string {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  return /\b\d+ (passed|failed|ok|errors?|warnings?)\b/.test(last) && last.length <= 40 ? last : "";
}

/** The process that outlives its call, if there is one. */
export function processOf(result: ReturnType<typeof fields>): string {
  return text(result.background_process_id);
}

function body(call: ToolCall) {
  const result = fields(call.result);
  const output = text(result.output) || call.output;
  const command = arg(call, "command");
  const live = call.state === "running";
  const files = call.state === "done" ? parseDiff(output) : [];
  const workdir = text(fields(call.args).workdir);
  const process = processOf(result);
  const foot = (
    <>
      {workdir && <span>in {plain(workdir)}</span>}
      {result.truncated && <span>its middle was left out</span>}
      {text(result.error) && <span>{plain(text(result.error))}</span>}
      {process && (
        <span>
          runs on as <code>{plain(process)}</code>
        </span>
      )}
    </>
  );
  if (files.length === 0) {
    const none = process ? "No output yet" : "No output";
    return <Terminal command={command} output={output} live={live} foot={foot} none={none} />;
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
  const process = processOf(result);
  const output = text(result.output);
  const files = call.state === "done" ? parseDiff(output) : [];
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const deleted = files.reduce((sum, file) => sum + file.deleted, 0);
  const failed = code !== undefined && code !== 0;
  const error = plain(text(result.error));
  const why = error && error.length <= 40 ? error : `exit ${code}`;
  let note: Card["note"] = "";
  // It took longer than it was given: that is no end.
  if (failed && process) note = `${why}, still running`;
  else if (failed)
    note = <span className="warn">{[verdict(output), why].filter(Boolean).join(", ")}</span>;
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
    warning: failed && !process,
    goesOn: failed && process !== "",
    // Whoever asks for a diff wants to show it.
    open: call.state === "running" || files.length > 0,
    body: call.state === "pending" ? undefined : () => body(call),
    failure: "Command didn’t run",
  };
}

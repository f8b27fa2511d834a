import { plural } from "@/lib/format";
import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, list, number, tense, text } from "./card";
import { processOf } from "./execute";
import { Terminal } from "./terminal";

/** The end of an id is enough to tell processes apart. */
function processName(call: ToolCall): string {
  const id = arg(call, "process_id");
  return id.length > 12 ? `process …${id.slice(-6)}` : `process ${id}`;
}

export function processOutput(call: ToolCall): Card {
  const result = fields(call.result);
  const code = number(result.exit_code);
  const failed = code !== undefined && code !== 0;
  const output = text(result.output) || call.output;
  return {
    verb: tense(call, ["Waiting", "Waiting", "Waited"]),
    object: text(result.command) || processName(call),
    mono: true,
    note: failed ? (
      <span className="warn">exit {code}</span>
    ) : result.running || processOf(result) ? (
      "still running"
    ) : (
      ""
    ),
    warning: failed,
    open: call.state === "running",
    body: () => <Terminal output={output} live={call.state === "running"} />,
    failure: "Output wasn’t read",
  };
}

export function processList(call: ToolCall): Card {
  const processes = list(fields(call.result).processes);
  return {
    verb: tense(call, ["Listing", "Listing", "Listed"]),
    object: "processes",
    mono: false,
    note: call.state === "done" && plural(processes.length, "process", "processes"),
    body:
      processes.length === 0
        ? undefined
        : () => (
            <table className="tbl small">
              <tbody>
                {processes.map((one, at) => {
                  const process = fields(one);
                  const code = number(process.exit_code);
                  return (
                    // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
                    <tr key={at}>
                      <td className="mono">{text(process.command)}</td>
                      <td>
                        {process.running
                          ? "running"
                          : code === undefined
                            ? "ended"
                            : `exit ${code}`}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          ),
    failure: "Processes weren’t listed",
  };
}

export function processSignal(call: ToolCall): Card {
  const kill = arg(call, "signal") === "kill";
  return {
    verb: kill
      ? tense(call, ["Killing", "Killing", "Killed"])
      : tense(call, ["Stopping", "Stopping", "Stopped"]),
    object: processName(call),
    mono: true,
    failure: "Signal wasn’t sent",
  };
}

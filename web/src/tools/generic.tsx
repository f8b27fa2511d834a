import { plain, visible } from "@/lib/plain";
import type { ToolCall } from "@/stream/rows";
import { type Card, fields, list, tense, text } from "./card";

const CHARS_MAX = 64 * 1024;

function pretty(value: unknown): string {
  const whole = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  return visible(whole.length > CHARS_MAX ? `${whole.slice(0, CHARS_MAX)}\n… cut` : whole);
}

/** Arguments and result as they are. */
export function JsonBody({ call }: { call: ToolCall }) {
  const hasArgs = Object.keys(fields(call.args)).length > 0;
  return (
    <div className="body">
      {hasArgs && <pre className="term wrap">{pretty(call.args)}</pre>}
      {!hasArgs && call.argsText && <pre className="term wrap">{pretty(call.argsText)}</pre>}
      {call.result !== undefined && <pre className="term wrap result">{pretty(call.result)}</pre>}
    </div>
  );
}

/** Any tool that has no card of its own: those of MCP servers and of later versions. */
export function generic(call: ToolCall): Card {
  const intent = text(fields(call.args).model_intent);
  return {
    verb: tense(call, ["Preparing", "Using", "Used"]),
    object: intent ? plain(intent) : plain(call.name.replaceAll("_", " ")) || "a tool",
    mono: false,
    body: () => <JsonBody call={call} />,
    failure: `${plain(call.name.replaceAll("_", " ")) || "The tool"} didn’t work`,
  };
}

export function webSearch(call: ToolCall): Card {
  const count = list(fields(call.result).sources).length;
  return {
    verb: tense(call, ["Searching", "Searching", "Searched"]),
    object: text(fields(call.args).query) || "the web",
    mono: false,
    note: count > 0 && `${count} sources`,
    body: () => <JsonBody call={call} />,
    failure: "Search didn’t work",
  };
}

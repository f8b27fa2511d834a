import { Button } from "@/components/ui/button";
import { bytes, plural } from "@/lib/format";
import { plain, visible } from "@/lib/plain";
import { save } from "@/lib/save";
import type { ToolCall } from "@/stream/rows";
import { type Card, fields, list, tense, text } from "./card";

const CHARS_MAX = 64 * 1024;

/** Data as text, so much of it as is good to see; the rest is behind the download. */
function Data({ value, name, look = "" }: { value: unknown; name: string; look?: string }) {
  const whole = typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
  const cut = whole.length > CHARS_MAX;
  return (
    <>
      <pre className={`term wrap ${look}`}>{visible(whole.slice(0, CHARS_MAX))}</pre>
      {cut && (
        <div className="meta">
          <span>Only the first {bytes(CHARS_MAX)} are shown.</span>
          <Button look="text" size="small" onClick={() => save(`${name}.txt`, whole)}>
            Download
          </Button>
        </div>
      )}
    </>
  );
}

/** Arguments and result as they are. */
export function JsonBody({ call }: { call: ToolCall }) {
  const hasArgs = Object.keys(fields(call.args)).length > 0;
  return (
    <div className="body">
      {hasArgs && <Data value={call.args} name="arguments" />}
      {!hasArgs && call.argsText && <Data value={call.argsText} name="arguments" />}
      {call.result !== undefined && <Data value={call.result} name="result" look="result" />}
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
    note: count > 0 && plural(count, "source"),
    body: () => <JsonBody call={call} />,
    failure: "Search didn’t work",
  };
}

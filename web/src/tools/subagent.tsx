import { Link } from "@tanstack/react-router";
import { Markdown } from "@/components/markdown/markdown";
import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, tense, text } from "./card";

function Body({ call }: { call: ToolCall }) {
  const result = fields(call.result);
  const id = text(result.chat_id);
  const report = text(result.report) || text(result.response);
  const prompt = arg(call, "prompt") || arg(call, "message");
  return (
    <div className="body subagent">
      {id && (
        <Link to="/agents/$id" params={{ id }} className="link">
          Open the subagent
        </Link>
      )}
      {prompt && <p className="q">{prompt}</p>}
      {report && (
        <div className="prose">
          <Markdown text={report} />
        </div>
      )}
    </div>
  );
}

/** What a subagent did when the tool answered; one that has ended needs no word. */
const STATUS: Record<string, string> = {
  running: "running",
  interrupting: "stopping",
  requires_action: "needs you",
  error: "failed",
};

export function subagent(call: ToolCall): Card {
  const result = fields(call.result);
  const title = arg(call, "title") || text(result.title);
  const verbs: Record<string, [string, string, string]> = {
    wait_agent: ["Waiting", "Waiting", "Waited"],
    message_agent: ["Writing", "Asking", "Asked"],
    close_agent: ["Closing", "Closing", "Closed"],
  };
  const goesOn =
    call.name === "wait_agent" && call.state === "error" && result.status === "running";
  const words = verbs[call.name] ?? ["Preparing", "Subagent", "Subagent"];
  return {
    verb: tense(call, words),
    object: title || "a subagent",
    mono: false,
    note: goesOn ? "still running" : STATUS[text(result.status)],
    goesOn,
    body: () => <Body call={call} />,
    failure: "Subagent didn’t finish",
  };
}

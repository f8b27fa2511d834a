import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ChatPages, chatQuery } from "@/api/chats";
import type { Chat } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { Markdown } from "@/components/markdown/markdown";
import { Glyph } from "@/components/ui/glyph";
import { plural } from "@/lib/format";
import { plain } from "@/lib/plain";
import { rowState } from "@/pages/agents/list/status";
import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, list, tense, text } from "./card";

const isSpawn = (call: ToolCall) => call.name.startsWith("spawn_");

function Open({ id, words }: { id: string; words: string }) {
  return (
    <Link to="/agents/$id" params={{ id }} className="link">
      {words}
    </Link>
  );
}

/** While it runs it is asked for now and then: its news may have been missed. */
const LOOK_MS = 20_000;

/** The list knows most subagents; it need not be asked again. */
function listed(id: string): Chat | undefined {
  const lists = queryClient.getQueriesData<ChatPages>({ queryKey: ["chats"] });
  for (const [, list] of lists) {
    for (const chat of list?.pages.flat() ?? []) {
      const child = chat.children.find((one) => one.id === id);
      if (child) return child;
    }
  }
  return undefined;
}

/** How the subagent stands now, and the way to it. */
function Now({ id }: { id: string }) {
  const { data: chat } = useQuery({
    ...chatQuery(id),
    initialData: () => listed(id),
    staleTime: LOOK_MS,
    refetchInterval: ({ state }) => (state.data?.status === "running" ? LOOK_MS : false),
  });
  const { glyph = null, tone = "", words = "" } = chat ? rowState(chat) : {};
  const report =
    chat?.status === "waiting" && (plain(chat.last_turn_summary ?? "") || "Not running");
  return (
    <div className="suba-now">
      {glyph && <Glyph name={glyph} className={tone} />}
      <span className="cut">{report || words}</span>
      <Open id={id} words="Open" />
    </div>
  );
}

function Body({ call }: { call: ToolCall }) {
  const result = fields(call.result);
  const id = text(result.chat_id);
  const report = text(result.report) || text(result.response);
  const prompt = arg(call, "prompt") || arg(call, "message");
  return (
    <div className="body subagent">
      {id && !isSpawn(call) && <Open id={id} words="Open the subagent" />}
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
  const title = arg(call, "title") || text(result.title) || call.child;
  const id = text(result.chat_id);
  const verbs: Record<string, [string, string, string]> = {
    wait_agent: ["Waiting", "Waiting", "Waited"],
    message_agent: ["Writing", "Asking", "Asked"],
    close_agent: ["Closing", "Closing", "Closed"],
    interrupt_agent: ["Stopping", "Stopping", "Stopped"],
  };
  const goesOn =
    call.name === "wait_agent" && call.state === "error" && result.status === "running";
  const words = verbs[call.name] ?? ["Preparing", "Subagent", "Subagent"];
  return {
    verb: tense(call, words),
    object: title || "a subagent",
    mono: false,
    // How the one stands that was made here is said live, below.
    note: goesOn ? "still running" : !isSpawn(call) && STATUS[text(result.status)],
    goesOn,
    ...(isSpawn(call) && id ? { under: () => <Now id={id} /> } : {}),
    body: () => <Body call={call} />,
    failure: "Subagent didn’t finish",
  };
}

export function listAgents(call: ToolCall): Card {
  const agents = list(fields(call.result).agents).map(fields);
  return {
    verb: tense(call, ["Listing", "Listing", "Listed"]),
    object: "subagents",
    mono: false,
    note: call.state === "done" && plural(agents.length, "subagent"),
    body:
      agents.length === 0
        ? undefined
        : () => (
            <table className="tbl small">
              <tbody>
                {agents.map((agent) => (
                  <tr key={text(agent.chat_id)}>
                    <td>{plain(text(agent.title))}</td>
                    <td>{STATUS[text(agent.status)] ?? "finished"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ),
    failure: "Subagents weren’t listed",
  };
}

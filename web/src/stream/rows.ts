// What the timeline shows, as a flat list of rows. Pure.
import type { ChatMessage, ChatMessagePart, JsonValue, TokenUsage } from "@/api/generated/types";
import type { Asked, LivePart } from "./state";

export type ResultPart = Extract<ChatMessagePart, { type: "tool-result" }>;

export type ToolState =
  | "pending"
  | "running"
  /** The app that started the chat is to answer it. */
  | "asked"
  | "done"
  | "error"
  | "cancelled"
  | "unknown";

/** A call and what is known of its result. */
export interface ToolCall {
  id: string;
  name: string;
  args: JsonValue | undefined;
  /** The arguments' text while they are written. */
  argsText: string;
  result: JsonValue | undefined;
  /** Output of a call that runs. */
  output: string;
  state: ToolState;
  /** When it began and ended, where that is known. */
  startedAt?: string | undefined;
  endedAt?: string | undefined;
  /** How long it took, where that is known. */
  elapsedMs: number | undefined;
  serverId: string | undefined;
  /** When a call that waits for the app is given up. */
  deadline?: string | undefined;
  /** Title of the subagent that it names. */
  child?: string | undefined;
}

export interface Source {
  url: string;
  title: string | undefined;
}

export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "user"; key: string; message: ChatMessage }
  | { kind: "prose"; key: string; text: string; live: boolean }
  | { kind: "reasoning"; key: string; text: string; live: boolean }
  | { kind: "tool"; key: string; call: ToolCall }
  | { kind: "sources"; key: string; sources: Source[] }
  | { kind: "context"; key: string; files: string[] }
  | { kind: "files"; key: string; parts: ChatMessagePart[] }
  | { kind: "boundary"; key: string; title: string; summary: string }
  | { kind: "foot"; key: string; usage: TokenUsage; model: string | undefined; text: string };

export const COMPACTION = "chat_summarized";
const CLEARING = "chat_cleared";

/** A call behind which the model reads nothing of what was said before it. */
export function isBoundary(tool: string | null | undefined): boolean {
  return tool === COMPACTION || tool === CLEARING;
}

export interface Results {
  part: ResultPart;
  at: string;
}

/** Results by the id of their call. */
export function resultsOf(messages: readonly ChatMessage[]): Map<string, Results> {
  const results = new Map<string, Results>();
  for (const message of messages) {
    for (const part of message.content) {
      if (part.type === "tool-result" && part.tool_call_id) {
        results.set(part.tool_call_id, { part, at: message.created_at });
      }
    }
  }
  return results;
}

/** Whether nobody waited for its end. */
export function isCancelled(part: ResultPart): boolean {
  const text = typeof part.result === "string" ? part.result : errorOf(part.result);
  return /^(This call was cancelled|The user interrupted the run)/.test(text);
}

/** The words of a failed result. */
export function errorOf(result: JsonValue | undefined): string {
  if (typeof result === "string") return result;
  if (result && typeof result === "object" && !Array.isArray(result)) {
    const words = result.error ?? result.message;
    if (typeof words === "string") return words;
  }
  return result === undefined || result === null ? "" : JSON.stringify(result, null, 2);
}

function stateOf(part: ResultPart): ToolState {
  if (part.outcome === "unknown") return "unknown";
  if (isCancelled(part)) return "cancelled";
  return part.is_error ? "error" : "done";
}

function elapsed(result: JsonValue | undefined, from: string, to: string): number | undefined {
  if (result && typeof result === "object" && !Array.isArray(result)) {
    const ms = result.wall_duration_ms;
    if (typeof ms === "number") return ms;
  }
  const ms = Date.parse(to) - Date.parse(from);
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

interface Context {
  results: ReadonlyMap<string, Results>;
  live: readonly LivePart[];
  /** Whether a call without a result may still get one. */
  active: boolean;
  asked: Asked | null;
  /** Titles of the subagents by the ids of their chats. */
  children: ReadonlyMap<string, string>;
}

/** What the results of the calls that made them say of subagents. */
function childrenOf(results: ReadonlyMap<string, Results>): Map<string, string> {
  const titles = new Map<string, string>();
  for (const { part } of results.values()) {
    const { result } = part;
    if (!part.tool_name?.startsWith("spawn_")) continue;
    if (!result || typeof result !== "object" || Array.isArray(result)) continue;
    const { chat_id, title } = result;
    if (typeof chat_id === "string" && typeof title === "string") titles.set(chat_id, title);
  }
  return titles;
}

function childOf(args: JsonValue | null | undefined, children: Context["children"]) {
  if (!args || typeof args !== "object" || Array.isArray(args)) return undefined;
  return typeof args.chat_id === "string" ? children.get(args.chat_id) : undefined;
}

/** A call of a stored message, with its result, or with what its result says so far. */
function toolCall(
  part: Extract<ChatMessagePart, { type: "tool-call" }>,
  at: string,
  { results, live, active, asked, children }: Context,
): ToolCall {
  const id = part.tool_call_id ?? "";
  const base = {
    id,
    name: part.tool_name ?? "",
    args: part.args ?? undefined,
    argsText: "",
    output: "",
    startedAt: at,
    elapsedMs: undefined,
    child: childOf(part.args, children),
    serverId: part.mcp_server_config_id ?? undefined,
  };
  const found = results.get(id);
  if (found) {
    const result = found.part.result ?? undefined;
    const elapsedMs = elapsed(result, at, found.at);
    return { ...base, result, state: stateOf(found.part), endedAt: found.at, elapsedMs };
  }
  const said = live.find((one) => one.kind === "result" && one.id === id);
  if (said?.kind === "result") {
    const state = said.result === undefined ? "running" : said.isError ? "error" : "done";
    return { ...base, result: said.result, output: said.output, state };
  }
  if (asked?.ids.includes(id)) {
    return { ...base, result: undefined, state: "asked", deadline: asked.deadline };
  }
  return { ...base, result: undefined, state: active ? "running" : "cancelled" };
}

function liveCall(part: Extract<LivePart, { kind: "call" }>, live: readonly LivePart[]): ToolCall {
  const said = live.find((one) => one.kind === "result" && one.id === part.id);
  const result = said?.kind === "result" ? said : undefined;
  const ended = result?.result !== undefined;
  return {
    id: part.id,
    name: part.name,
    args: part.args,
    argsText: part.argsText,
    result: result?.result,
    output: result?.output ?? "",
    state: ended
      ? result.isError
        ? "error"
        : "done"
      : part.args === undefined
        ? "pending"
        : "running",
    elapsedMs: undefined,
    serverId: undefined,
  };
}

function userRows(message: ChatMessage): Row[] {
  const files = message.content.flatMap((part) =>
    // An empty path says that there was nothing to read.
    part.type === "context-file" && part.context_file_path
      ? [part.context_file_path + (part.context_file_truncated ? " (truncated)" : "")]
      : [],
  );
  const own = message.content.some((part) => part.type !== "context-file" && part.type !== "skill");
  const rows: Row[] = [];
  if (own) rows.push({ kind: "user", key: `m${message.id}`, message });
  if (files.length > 0) rows.push({ kind: "context", key: `m${message.id} files`, files });
  return rows;
}

function boundaryOf(call: ToolCall): Row {
  const key = `boundary ${call.id}`;
  if (call.name === CLEARING) {
    return { kind: "boundary", key, title: "Cleared: the model reads nothing above", summary: "" };
  }
  const result = call.result;
  const object = result && typeof result === "object" && !Array.isArray(result) ? result : {};
  const summary = typeof result === "string" ? result : object.summary;
  const percent = object.usage_percent;
  const limit = object.context_limit_tokens;
  const known = typeof percent === "number" && typeof limit === "number";
  const at = known ? ` at ${Math.round(percent)} % of ${Math.round(limit / 1_000)}k` : "";
  return {
    kind: "boundary",
    key,
    title: `Earlier messages summarised${at}`,
    summary: typeof summary === "string" ? summary : "",
  };
}

function assistantRows(message: ChatMessage, context: Context): Row[] {
  const rows: Row[] = [];
  const sources = new Map<string, Source>();
  message.content.forEach((part, at) => {
    const key = `m${message.id}.${at}`;
    switch (part.type) {
      case "text":
        if (part.text.trim()) rows.push({ kind: "prose", key, text: part.text, live: false });
        break;
      case "reasoning":
        if (part.text.trim()) rows.push({ kind: "reasoning", key, text: part.text, live: false });
        break;
      case "tool-call": {
        const call = toolCall(part, message.created_at, context);
        const isOver = isBoundary(call.name) && call.state === "done";
        rows.push(isOver ? boundaryOf(call) : { kind: "tool", key: `call ${call.id}`, call });
        break;
      }
      case "source":
        sources.set(part.url, { url: part.url, title: part.title ?? undefined });
        break;
      case "file":
        rows.push({ kind: "files", key, parts: [part] });
        break;
      default:
        break;
    }
  });
  if (sources.size > 0) {
    rows.push({ kind: "sources", key: `m${message.id} sources`, sources: [...sources.values()] });
  }
  return rows;
}

function textOf(message: ChatMessage): string {
  return message.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

function foot(message: ChatMessage, modelBefore: string | null): Row[] {
  if (!message.usage) return [];
  const model = message.model_config_id ?? null;
  return [
    {
      kind: "foot",
      key: `m${message.id} foot`,
      usage: message.usage,
      model: model === modelBefore ? undefined : (model ?? undefined),
      text: textOf(message),
    },
  ];
}

/** Whether this message ends a turn: nothing of the agent follows it. */
function endsTurn(messages: readonly ChatMessage[], at: number, active: boolean): boolean {
  const rest = messages.slice(at + 1, at + 2)[0];
  if (rest) return rest.role === "user";
  return !active;
}

function dayOf(at: string | number): string {
  return new Date(at).toDateString();
}

/** All rows of the stored history, as somebody reads it now. */
export function historyRows(
  messages: readonly ChatMessage[],
  live: readonly LivePart[],
  active: boolean,
  asked: Asked | null = null,
  now: number = Date.now(),
): Row[] {
  const results = resultsOf(messages);
  const children = childrenOf(results);
  const lastAssistant = messages.findLastIndex((message) => message.role === "assistant");
  const all: Row[] = [];
  // That the first words are of today goes without saying.
  let day = dayOf(now);
  let model: string | null = null;
  messages.forEach((message, at) => {
    const rows = message.role === "user" ? userRows(message) : [];
    if (message.role === "assistant") {
      // Only calls of the last step may still be answered.
      const last = at === lastAssistant;
      const context = {
        results,
        live,
        active: active && last,
        asked: last ? asked : null,
        children,
      };
      rows.push(...assistantRows(message, context));
      if (endsTurn(messages, at, active || asked !== null)) {
        rows.push(...foot(message, model));
        model = message.model_config_id ?? model;
      }
    }
    if (rows.length === 0) return;
    const own = dayOf(message.created_at);
    if (own !== day) {
      all.push({ kind: "day", key: `day m${message.id}`, at: message.created_at });
    }
    day = own;
    all.push(...rows);
  });
  return all;
}

/** The first row that shows something of a message; -1 if there is none. */
export function rowOf(
  rows: readonly Row[],
  messages: readonly ChatMessage[],
  messageId: number,
): number {
  const message = messages.find(({ id }) => id === messageId);
  const calls = message?.content.flatMap((part) =>
    part.type === "tool-call" || part.type === "tool-result" ? [part.tool_call_id] : [],
  );
  const own = new RegExp(`^m${messageId}\\b`);
  return rows.findIndex(
    ({ key }) =>
      own.test(key) || calls?.some((id) => key === `call ${id}` || key === `boundary ${id}`),
  );
}

/** Rows of what is being written. Results of stored calls show at their call. */
export function liveRows(live: readonly LivePart[]): Row[] {
  return live.flatMap((part, at): Row[] => {
    const last = at === live.length - 1;
    switch (part.kind) {
      case "text":
        return [{ kind: "prose", key: `live ${at}`, text: part.text, live: last }];
      case "reasoning":
        return [{ kind: "reasoning", key: `live ${at}`, text: part.text, live: last }];
      case "call":
        return [{ kind: "tool", key: `call ${part.id}`, call: liveCall(part, live) }];
      case "result":
        return [];
      default:
        return [];
    }
  });
}

/** Rows that stand in one block of machine lines. */
export function isLine(row: Row | undefined): boolean {
  return row?.kind === "tool" || row?.kind === "reasoning" || row?.kind === "context";
}

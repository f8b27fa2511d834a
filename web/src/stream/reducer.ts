// The one place that knows what stream events mean. Pure: the same events give the same state.
import type {
  ActionRequired,
  Chat,
  ChatMessage,
  ChatMessagePart,
  MessagePart,
  StreamEvent,
} from "@/api/generated/types";
import type { Asked, ChatState, Episode, LivePart } from "./state";

/** Applies the events of one frame. */
export function applyAll(state: ChatState, events: readonly StreamEvent[]): ChatState {
  return events.reduce(apply, state);
}

export function apply(state: ChatState, event: StreamEvent): ChatState {
  switch (event.type) {
    case "status": {
      const status = event.status?.status ?? state.status;
      const failed = status === "error";
      const retry = status === "running" ? state.retry : null;
      const asked = status === "requires_action" ? state.asked : null;
      return { ...state, status, retry, asked, error: failed ? state.error : null };
    }
    case "message":
      return event.message ? withMessage(state, event.message) : state;
    case "message_part":
      return event.message_part ? withPart(state, event.message_part) : state;
    case "preview_reset": {
      const reset = event.preview_reset;
      if (!reset) return state;
      return {
        ...state,
        episode: startOf(reset.history_version, reset.generation_attempt),
        live: [],
        gap: false,
      };
    }
    case "history_reset":
      return { ...state, messages: [], episode: null, live: [], gap: false };
    case "queue_update":
      return { ...state, queue: event.queued_messages ?? [] };
    case "retry":
      return { ...state, retry: event.retry ?? null };
    case "error":
      return { ...state, error: event.error ?? null, retry: null };
    case "action_required":
      return event.action_required ? { ...state, asked: askedBy(event.action_required) } : state;
    case "chat_updated":
      return { ...state, chat: { ...state.chat, ...(event.chat as Partial<Chat> | null) } };
    default:
      // Kinds of a later server.
      return state;
  }
}

function askedBy({ tool_calls, deadline_at }: ActionRequired): Asked {
  const ids = tool_calls.flatMap((part) =>
    part.type === "tool-call" && part.tool_call_id ? [part.tool_call_id] : [],
  );
  return { ids, deadline: deadline_at ?? undefined };
}

/** Adds older messages that were fetched; those on hand win. */
export function withOlder(state: ChatState, older: readonly ChatMessage[]): ChatState {
  const known = new Set(state.messages.map((message) => message.id));
  const added = older.filter((message) => !known.has(message.id));
  if (added.length === 0) return state;
  const messages = [...added, ...state.messages].sort((a, b) => a.id - b.id);
  return { ...state, messages };
}

function startOf(historyVersion: number, attempt: number): Episode {
  return { historyVersion, attempt, seq: 0 };
}

function withMessage(state: ChatState, message: ChatMessage): ChatState {
  const messages = upsert(state.messages, message);
  // The durable form takes the place of the preview in the same step: no text shows twice.
  const live = state.live.filter((part) => !isWrittenBy(part, message));
  return { ...state, messages, live: live.length === state.live.length ? state.live : live };
}

function upsert(messages: readonly ChatMessage[], message: ChatMessage): readonly ChatMessage[] {
  const last = messages.at(-1);
  if (!last || last.id < message.id) return [...messages, message];
  const at = messages.findIndex((one) => one.id >= message.id);
  const next = [...messages];
  next.splice(at, messages[at]?.id === message.id ? 1 : 0, message);
  return next;
}

function isWrittenBy(part: LivePart, message: ChatMessage): boolean {
  if (part.kind === "result") {
    return message.content.some(
      (one) => one.type === "tool-result" && one.tool_call_id === part.id,
    );
  }
  if (part.kind === "call") {
    return message.content.some((one) => one.type === "tool-call" && one.tool_call_id === part.id);
  }
  return message.role === part.role;
}

function withPart(state: ChatState, event: MessagePart): ChatState {
  const episode = episodeFor(state.episode, event);
  if (!episode || event.seq <= episode.seq) return state;
  if (event.seq > episode.seq + 1) return { ...state, gap: true };
  const fresh = episode !== state.episode;
  return {
    ...state,
    episode: { ...episode, seq: event.seq },
    live: addPart(fresh ? [] : state.live, event),
    // Words arrive: the wait for the next attempt is over.
    retry: null,
  };
}

/** The episode that a part belongs to, unless that is an old one. */
function episodeFor(current: Episode | null, event: MessagePart): Episode | null {
  const started = startOf(event.history_version, event.generation_attempt);
  if (!current) return started;
  if (current.historyVersion === started.historyVersion && current.attempt === started.attempt) {
    return current;
  }
  const newer =
    started.historyVersion > current.historyVersion ||
    (started.historyVersion === current.historyVersion && started.attempt > current.attempt);
  return newer ? started : null;
}

function addPart(live: readonly LivePart[], { role, part }: MessagePart): readonly LivePart[] {
  switch (part.type) {
    case "text":
      return addText(live, { kind: "text", role, text: part.text });
    case "reasoning":
      return addText(live, { kind: "reasoning", role, text: part.text });
    case "tool-call":
      return addCall(live, part);
    case "tool-result":
      return addResult(live, part);
    default:
      // Sources, files and the like come with the durable message.
      return live;
  }
}

function addText(
  live: readonly LivePart[],
  part: Extract<LivePart, { kind: "text" | "reasoning" }>,
): readonly LivePart[] {
  const last = live.at(-1);
  if (last?.kind !== part.kind || last.role !== part.role) return [...live, part];
  return [...live.slice(0, -1), { ...last, text: last.text + part.text }];
}

type Call = Extract<ChatMessagePart, { type: "tool-call" }>;
type Result = Extract<ChatMessagePart, { type: "tool-result" }>;

function addCall(live: readonly LivePart[], call: Call): readonly LivePart[] {
  const id = call.tool_call_id ?? "";
  return change(live, "call", id, (old) => ({
    kind: "call",
    id,
    name: call.tool_name ?? old?.name ?? "",
    argsText: (old?.argsText ?? "") + (call.args_delta ?? ""),
    args: call.args ?? old?.args,
  }));
}

function addResult(live: readonly LivePart[], result: Result): readonly LivePart[] {
  const id = result.tool_call_id ?? "";
  return change(live, "result", id, (old) => ({
    kind: "result",
    id,
    name: result.tool_name ?? old?.name ?? "",
    output: (old?.output ?? "") + (result.result_delta ?? ""),
    result: result.result ?? old?.result,
    isError: result.is_error ?? old?.isError ?? false,
  }));
}

/** Replaces the part of this kind and id, or appends it. */
function change<K extends "call" | "result">(
  live: readonly LivePart[],
  kind: K,
  id: string,
  make: (old: Extract<LivePart, { kind: K }> | undefined) => LivePart,
): readonly LivePart[] {
  const at = live.findIndex((part) => part.kind === kind && part.id === id);
  if (at < 0) return [...live, make(undefined)];
  const next = [...live];
  next[at] = make(live[at] as Extract<LivePart, { kind: K }>);
  return next;
}

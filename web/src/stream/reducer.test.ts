import { describe, expect, test } from "vitest";
import type { ChatMessage, Frame, StreamEvent } from "@/api/generated/types";
import golden from "./golden/demo.json";
import { apply, applyAll, withOlder } from "./reducer";
import { type ChatState, EMPTY } from "./state";

const frames = golden.frames as unknown as Frame[];
const messages = golden.messages as unknown as ChatMessage[];
const events = frames.flatMap((frame) => (frame.type === "data" ? frame.data : []));
const chatId = events[0]?.chat_id ?? "";

function event(type: StreamEvent["type"], rest: Partial<StreamEvent> = {}): StreamEvent {
  return { type, chat_id: chatId, ...rest };
}

function part(seq: number, text: string, attempt = 1, version = 5): StreamEvent {
  return event("message_part", {
    message_part: {
      role: "assistant",
      part: { type: "text", text },
      history_version: version,
      generation_attempt: attempt,
      seq,
    },
  });
}

function liveText(state: ChatState): string {
  return state.live.map((one) => (one.kind === "text" ? one.text : "")).join("");
}

describe("golden transcript", () => {
  test("ends as the stored messages say", () => {
    const state = applyAll(EMPTY, events);
    expect(state.messages).toEqual(messages);
    expect(state.status).toBe("waiting");
    expect(state.live).toEqual([]);
    expect(state.gap).toBe(false);
  });

  test("is the same however the events are framed", () => {
    const whole = applyAll(EMPTY, events);
    for (const size of [1, 2, 3, 7, 50]) {
      let state = EMPTY;
      for (let at = 0; at < events.length; at += size) {
        state = applyAll(state, events.slice(at, at + size));
      }
      expect(state).toEqual(whole);
    }
  });

  test("cut at every event and sent again from the start, nothing doubles", () => {
    const whole = applyAll(EMPTY, events);
    for (let cut = 0; cut <= events.length; cut += 1) {
      const cutState = applyAll(EMPTY, events.slice(0, cut));
      expect(applyAll(cutState, events).messages).toEqual(whole.messages);
      expect(applyAll(cutState, events).live).toEqual([]);
    }
  });

  test("cut at every event and gone on with, it equals the uncut one", () => {
    const whole = applyAll(EMPTY, events);
    for (let cut = 0; cut <= events.length; cut += 1) {
      const state = applyAll(applyAll(EMPTY, events.slice(0, cut)), events.slice(cut));
      expect(state).toEqual(whole);
    }
  });

  test("every event twice changes nothing", () => {
    const doubled = events.flatMap((one) =>
      one.type === "message" || one.type === "message_part" ? [one, one] : [one],
    );
    expect(applyAll(EMPTY, doubled)).toEqual(applyAll(EMPTY, events));
  });

  test("a preview never stands beside its durable form", () => {
    let state = EMPTY;
    for (const one of events) {
      state = apply(state, one);
      const written = new Set(
        state.messages
          .flatMap((message) => message.content)
          .flatMap((content) => (content.type === "tool-call" ? [content.tool_call_id] : [])),
      );
      for (const live of state.live) {
        if (live.kind === "call") expect(written.has(live.id)).toBe(false);
      }
    }
  });
});

test("parts of older attempts and repeated parts are left out", () => {
  const state = applyAll(EMPTY, [
    event("preview_reset", { preview_reset: { history_version: 5, generation_attempt: 2 } }),
    part(1, "old", 1),
    part(1, "a", 2),
    part(1, "a", 2),
    part(2, "b", 2),
    part(9, "older history", 3, 4),
  ]);
  expect(liveText(state)).toBe("ab");
  expect(state.gap).toBe(false);
});

test("a newer attempt starts anew", () => {
  const state = applyAll(EMPTY, [part(1, "first try"), part(1, "second", 2)]);
  expect(liveText(state)).toBe("second");
});

test("a gap asks for another connection and takes nothing", () => {
  const state = applyAll(EMPTY, [part(1, "a"), part(3, "c")]);
  expect(state.gap).toBe(true);
  expect(liveText(state)).toBe("a");
});

test("history_reset drops everything, and what follows is the truth", () => {
  const before = applyAll(EMPTY, events);
  const first = messages.slice(0, 1);
  const state = applyAll(before, [
    event("history_reset"),
    ...first.map((message) => event("message", { message })),
  ]);
  expect(state.messages).toEqual(first);
});

test("older pages go in front, in order, without doubles", () => {
  const state = withOlder(withOlder(EMPTY, messages.slice(5)), [...messages].reverse());
  expect(state.messages).toEqual(messages);
  expect(withOlder(state, messages)).toBe(state);
});

test("queue, retry and error come and go", () => {
  const error = { message: "no", retryable: false };
  const retry = { attempt: 1, delay_ms: 5, error: "busy", retrying_at: "2026-01-01T00:00:00Z" };
  let state = applyAll(EMPTY, [
    event("status", { status: { status: "running" } }),
    event("retry", { retry }),
  ]);
  expect(state.retry?.attempt).toBe(1);
  state = apply(state, part(1, "go"));
  expect(state.retry).toBeNull();
  state = applyAll(state, [
    event("status", { status: { status: "error" } }),
    event("error", { error }),
  ]);
  expect(state.error).toEqual(error);
  state = apply(state, event("status", { status: { status: "running" } }));
  expect(state.error).toBeNull();
  expect(apply(state, event("queue_update")).queue).toEqual([]);
});

test("calls that wait for the client are asked for until the chat goes on", () => {
  const call = { type: "tool-call" as const, tool_call_id: "a", tool_name: "ask_user" };
  const action_required = { tool_calls: [call], deadline_at: "2026-01-01T00:05:00Z" };
  let state = applyAll(EMPTY, [
    event("status", { status: { status: "requires_action" } }),
    event("action_required", { action_required }),
  ]);
  expect(state.asked).toEqual({ ids: ["a"], deadline: "2026-01-01T00:05:00Z" });
  state = apply(state, event("status", { status: { status: "running" } }));
  expect(state.asked).toBeNull();
});

test("kinds of a later server change nothing", () => {
  const state = applyAll(EMPTY, events);
  expect(apply(state, { type: "new_thing" as "unknown", chat_id: chatId })).toBe(state);
});

import { expect, test } from "vitest";
import type { ChatMessage, Frame } from "@/api/generated/types";
import golden from "./golden/demo.json";
import { applyAll } from "./reducer";
import { errorOf, historyRows, liveRows, type Row, rowOf } from "./rows";
import { EMPTY } from "./state";

const messages = golden.messages as unknown as ChatMessage[];
const events = (golden.frames as unknown as Frame[]).flatMap((frame) =>
  frame.type === "data" ? frame.data : [],
);

function kinds(rows: Row[]): string {
  return rows.map((row) => (row.kind === "tool" ? row.call.name : row.kind)).join(" ");
}

test("a finished run reads in the order in which it happened", () => {
  const now = Date.parse(messages[0]?.created_at ?? "");
  expect(kinds(historyRows(messages, [], false, null, now))).toBe(
    "user reasoning prose execute prose read_file read_file reasoning prose edit_files " +
      "prose execute prose execute prose foot",
  );
});

test("at every moment each call shows once, and no key is given twice", () => {
  let state = EMPTY;
  for (const event of events) {
    state = applyAll(state, [event]);
    const active = state.status === "running";
    const rows = [...historyRows(state.messages, state.live, active), ...liveRows(state.live)];
    const keys = rows.map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("a call without a result runs while the chat does, and was cancelled after that", () => {
  const cut = messages.slice(0, 2);
  const state = (active: boolean) => {
    const row = historyRows(cut, [], active).find((one) => one.kind === "tool");
    return row?.kind === "tool" ? row.call.state : undefined;
  };
  expect(state(true)).toBe("running");
  expect(state(false)).toBe("cancelled");
});

test("a call that waits for the client says until when, and does not look stopped", () => {
  const cut = messages.slice(0, 2);
  const calls = cut.flatMap((message) => message.content);
  const ids = calls.flatMap((part) =>
    part.type === "tool-call" && part.tool_call_id ? [part.tool_call_id] : [],
  );
  const asked = { ids, deadline: "2026-01-01T00:05:00Z" };
  const rows = historyRows(cut, [], false, asked);
  const row = rows.find((one) => one.kind === "tool");
  expect(row?.kind === "tool" && row.call).toMatchObject({
    state: "asked",
    deadline: asked.deadline,
  });
  expect(rows.at(-1)?.kind).toBe("tool");
});

test("the words of a failure are found", () => {
  expect(errorOf("plain")).toBe("plain");
  expect(errorOf({ error: "why" })).toBe("why");
  expect(errorOf({ code: 1 })).toContain('"code": 1');
  expect(errorOf(undefined)).toBe("");
});

test("what the model reads no more is behind a line that says so", () => {
  const id = "chat_cleared_9";
  const base = { chat_id: "c", created_at: "2026-01-01T00:00:00Z" };
  const call: ChatMessage = {
    ...base,
    id: 8,
    role: "assistant",
    content: [{ type: "tool-call", tool_call_id: id, tool_name: "chat_cleared", args: {} }],
  };
  const result: ChatMessage = {
    ...base,
    id: 9,
    role: "tool",
    content: [{ type: "tool-result", tool_call_id: id, tool_name: "chat_cleared", result: {} }],
  };
  const now = Date.parse(base.created_at);
  const rows = historyRows([call, result], [], false, null, now);
  expect(rows).toMatchObject([{ kind: "boundary", title: expect.stringMatching(/^Cleared/) }]);
});

function said(id: number, at: string, change: Partial<ChatMessage> = {}): ChatMessage {
  const content: ChatMessage["content"] = [{ type: "text", text: `words ${id}` }];
  return { id, chat_id: "c", created_at: at, role: "user", content, ...change };
}

test("days are told apart, and today's first words need no day", () => {
  const days = ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", "2026-03-04T12:00:00Z"];
  const chat = days.map((at, id) => said(id, at));
  const rows = (now: string) => kinds(historyRows(chat, [], false, null, Date.parse(now)));
  expect(rows("2026-03-04T14:00:00Z")).toBe("day user user day user");
  expect(rows("2026-03-01T14:00:00Z")).toBe("user user day user");
});

test("the model is named when it is not that of the turn before", () => {
  const at = "2026-03-01T12:00:00Z";
  const chat = ["one", "one", "two"].map((model, id) =>
    said(id * 2, at, { role: "assistant", usage: { total_tokens: 3 }, model_config_id: model }),
  );
  const turns = chat.flatMap((answer) => [said(answer.id - 1, at), answer]);
  const feet = historyRows(turns, [], false).filter((row) => row.kind === "foot");
  expect(feet.map((row) => row.model)).toEqual(["one", undefined, "two"]);
});

test("a message is found by its first row, also where that is a call", () => {
  const rows = historyRows(messages, [], false);
  for (const message of messages) {
    const row = rows[rowOf(rows, messages, message.id)];
    expect(row).toBeDefined();
  }
  expect(rowOf(rows, messages, 1e6)).toBe(-1);
});

test("a call that names a subagent knows its title and when it began", () => {
  const at = "2026-03-01T12:00:00Z";
  const part = (id: string, tool_name: string, args: object) =>
    ({ type: "tool-call", tool_call_id: id, tool_name, args }) as ChatMessage["content"][number];
  const chat = [
    said(1, at, { role: "assistant", content: [part("a", "spawn_agent", { prompt: "Count" })] }),
    said(2, at, {
      role: "tool",
      content: [
        {
          type: "tool-result",
          tool_call_id: "a",
          tool_name: "spawn_agent",
          result: { chat_id: "k", title: "Count callers" },
        },
      ],
    }),
    said(3, at, { role: "assistant", content: [part("b", "wait_agent", { chat_id: "k" })] }),
  ];
  const row = historyRows(chat, [], true).at(-1);
  expect(row?.kind === "tool" && row.call).toMatchObject({
    state: "running",
    child: "Count callers",
    startedAt: at,
  });
});

import { expect, it } from "vitest";
import type { ChatMessage, ChatMessagePart, TokenUsage } from "@/api/generated/types";
import { contextFiles, contextUsage } from "./context-usage";

let next = 1;

function message(
  content: ChatMessagePart[],
  role: ChatMessage["role"],
  usage?: TokenUsage,
): ChatMessage {
  const id = next;
  next += 1;
  const base = { id, chat_id: "c", created_at: "2026-01-01T00:00:00Z", role, content };
  return usage ? { ...base, usage } : base;
}

const answer = (usage: TokenUsage) => message([{ type: "text", text: "hi" }], "assistant", usage);
const summary = (is_error = false) =>
  message(
    [{ type: "tool-result", tool_name: "chat_summarized", result: "short", is_error }],
    "tool",
  );

it("counts every kind of input of the last step", () => {
  const older = answer({ input_tokens: 9, total_tokens: 9 });
  const last = answer({
    input_tokens: 1_000,
    cache_creation_tokens: 2_000,
    cache_read_tokens: 7_000,
    output_tokens: 500,
    total_tokens: 10_500,
  });
  expect(contextUsage([older, last], 40_000)).toEqual({
    used: 10_000,
    limit: 40_000,
    percent: 25,
    fresh: 1_000,
    cacheWrite: 2_000,
    cacheRead: 7_000,
  });
});

it("takes the total where the provider tells no more, and the provider's own limit first", () => {
  const usage = contextUsage([answer({ total_tokens: 50, context_limit: 100 })], 40_000);
  expect(usage).toMatchObject({ used: 50, limit: 100, percent: 50, fresh: 50 });
});

it("never shows more than a full context", () => {
  expect(contextUsage([answer({ input_tokens: 300 })], 200)?.percent).toBe(100);
});

it("knows nothing before the first answer, without a limit, and right after a summary", () => {
  expect(contextUsage([], 100)).toBeUndefined();
  expect(contextUsage([answer({ input_tokens: 3 })], undefined)).toBeUndefined();
  expect(contextUsage([answer({ input_tokens: 3 }), summary()], 100)).toBeUndefined();
  expect(contextUsage([answer({ input_tokens: 3 }), summary(true)], 100)?.used).toBe(3);
  expect(
    contextUsage([answer({ input_tokens: 90 }), summary(), answer({ input_tokens: 7 })], 100)?.used,
  ).toBe(7);
});

it("lists the files of the agent that was bound last, each once", () => {
  const file = (context_file_path: string, context_file_agent_id: string, cut = false) =>
    ({
      type: "context-file",
      context_file_path,
      context_file_agent_id,
      context_file_truncated: cut,
    }) as const;
  const first = message([file("/home/agent/OLD.md", "one")], "user");
  const second = message([file("/home/agent/AGENTS.md", "two", true)], "user");
  const again = message([file("/home/agent/AGENTS.md", "two", true)], "user");
  expect(contextFiles([first, second, again])).toEqual([
    { path: "/home/agent/AGENTS.md", truncated: true },
  ]);
  expect(contextFiles([message([file("", "two")], "user")])).toEqual([]);
});

it("knows nothing between a new beginning and the answer that follows it", () => {
  const cleared = message([{ type: "tool-result", tool_name: "chat_cleared", result: {} }], "tool");
  const old = answer({ input_tokens: 900, total_tokens: 900 });
  expect(contextUsage([old, cleared], 1_000)).toBeUndefined();
  const fresh = answer({ input_tokens: 100, total_tokens: 100 });
  expect(contextUsage([old, cleared, fresh], 1_000)?.percent).toBe(10);
});

import { expect, test } from "vitest";
import type { ChatMessage, ChatMessagePart } from "@/api/generated/types";
import type { Row } from "@/stream/rows";
import { callsOf, wasStopped } from "./ended";

const message = (role: string, content: ChatMessagePart[], usage?: object) =>
  ({ role, content, usage: usage ?? null }) as unknown as ChatMessage;
const asked = message("user", [{ type: "text", text: "Run it" }]);
const call = (tool_name: string): ChatMessagePart => ({
  type: "tool-call",
  tool_call_id: "c",
  tool_name,
});
const result = (tool_name: string, value: string): ChatMessage =>
  message("tool", [{ type: "tool-result", tool_call_id: "c", tool_name, result: value }]);
const called = (name: string) => message("assistant", [call(name)], { input_tokens: 1 });
const answer = message("assistant", [{ type: "text", text: "Done." }], { input_tokens: 1 });
const CANCELLED = "The user interrupted the run.";

test.each<[string, ChatMessage[], boolean]>([
  ["whole answer", [asked, answer], false],
  ["answer that was cut", [asked, message("assistant", [{ type: "text", text: "Do" }])], true],
  ["nothing was said yet", [asked], true],
  ["stopped while a tool ran", [asked, called("execute"), result("execute", CANCELLED)], true],
  ["stopped once the tool had ended", [asked, called("execute"), result("execute", "ok")], true],
  ["tool and answer", [asked, called("execute"), result("execute", "ok"), answer], false],
  ["plan", [asked, called("propose_plan"), result("propose_plan", "ok")], false],
  ["cancelled plan", [asked, called("propose_plan"), result("propose_plan", CANCELLED)], true],
  [
    "summary",
    [
      answer,
      message("assistant", [call("chat_summarized")]),
      result("chat_summarized", "So far: nothing."),
    ],
    false,
  ],
])("%s", (_, messages, stopped) => {
  expect(wasStopped(messages)).toBe(stopped);
});

test("calls of the last turn are counted, and those that failed", () => {
  const tool = (state: string) => ({ kind: "tool", key: state, call: { state } }) as Row;
  const user = { kind: "user", key: "u" } as Row;
  const rows = [user, tool("error"), user, tool("done"), tool("error"), tool("unknown")];
  expect(callsOf(rows)).toEqual({ calls: 3, failed: 2 });
  expect(callsOf([])).toEqual({ calls: 0, failed: 0 });
});

import { expect, test } from "vitest";
import type { Chat } from "@/api/generated/types";
import { titleOf, waiting } from "./title";

const chat = (id: string, change: Partial<Chat> = {}) =>
  ({ id, status: "waiting", has_unread: false, ...change }) as Chat;

test("the title counts what is unread or asks, but not the chat that is open", () => {
  const chats = [
    chat("a", { has_unread: true }),
    chat("b", { status: "requires_action" }),
    chat("c", { has_unread: true, status: "running" }),
    chat("d"),
  ];
  expect(waiting(chats, undefined)).toBe(3);
  expect(waiting(chats, "a")).toBe(2);
});

test("a title without a name or a count is only ours", () => {
  expect(titleOf("Fix the build", 2)).toBe("(2) Fix the build · Muster");
  expect(titleOf("", 0)).toBe("Muster");
});

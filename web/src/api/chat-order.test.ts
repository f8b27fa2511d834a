import { expect, test } from "vitest";
import type { Chat } from "@/api/generated/types";
import { heldAt, inOrder, timesOf } from "./chat-order";

const chat = (id: string, minute: number, pin_order = 0) =>
  ({ id, pin_order, updated_at: `2026-03-01T10:${String(minute).padStart(2, "0")}:00Z` }) as Chat;
const ids = (chats: readonly Chat[]) => chats.map(({ id }) => id).join("");

test("pins come first by their number, then what was active last; equal ones by id", () => {
  const chats = [chat("c", 5), chat("e", 1, 2), chat("b", 5), chat("a", 1), chat("d", 0, 1)];
  expect(ids(inOrder(chats))).toBe("debca");
});

test("fractions of a second count, and a chat of two pages is listed once", () => {
  const late = { ...chat("z", 5), updated_at: "2026-03-01T10:05:00.250Z" };
  expect(ids(inOrder([chat("a", 5), late, chat("a", 5)]))).toBe("za");
});

test("under the pointer activity waits, what is new comes, and pins move", () => {
  const before = [chat("a", 9), chat("b", 8), chat("c", 7)];
  const times = timesOf(before);
  const now = [chat("a", 9), chat("b", 8), chat("c", 30), chat("n", 31)];
  expect(ids(inOrder(now))).toBe("ncab");
  expect(ids(inOrder(heldAt(times, now)))).toBe("nabc");
  const pinned = now.map((one) => (one.id === "b" ? { ...one, pin_order: 1 } : one));
  expect(ids(inOrder(heldAt(times, pinned)))).toBe("bnac");
});

test("what has not changed stays the same object", () => {
  const chats = [chat("a", 9)];
  expect(heldAt(timesOf(chats), chats)[0]).toBe(chats[0]);
});

import { expect, test } from "vitest";
import type { Chat } from "@/api/generated/types";
import { inOrder, placeOf, stepOf } from "./pinned";

const chat = (id: string, pin_order: number) => ({ id, pin_order }) as Chat;
const PINNED = inOrder([chat("c", 5), chat("plain", 0), chat("a", 1), chat("b", 2)]);

test("only pinned chats have a place, in their order", () => {
  expect(PINNED.map((one) => one.id)).toEqual(["a", "b", "c"]);
});

test("a chat takes the place of the one it is dropped onto", () => {
  expect(placeOf(PINNED, "a", "c")).toBe(5);
  expect(placeOf(PINNED, "c", "a")).toBe(1);
  expect(placeOf(PINNED, "a", "a")).toBeNull();
  expect(placeOf(PINNED, "plain", "a")).toBeNull();
});

test("one step leads past a gap in the numbers, and nowhere beyond the ends", () => {
  expect(stepOf(PINNED, "b", 1)).toBe(5);
  expect(stepOf(PINNED, "b", -1)).toBe(1);
  expect(stepOf(PINNED, "a", -1)).toBeNull();
  expect(stepOf(PINNED, "c", 1)).toBeNull();
});

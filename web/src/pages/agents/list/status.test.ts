import { expect, test } from "vitest";
import type { Chat, ChatStatus } from "@/api/generated/types";
import { listRows, showsChildren } from "./status";

const chat = (id: string, status: ChatStatus = "waiting", children: Chat[] = []) =>
  ({ id, status, children, pin_order: 0, archived: false, has_unread: false }) as unknown as Chat;

const calm = chat("calm", "waiting", [chat("c1"), chat("c2")]);
const busy = chat("busy", "waiting", [chat("b1", "running"), chat("b2")]);
const failed = chat("failed", "waiting", [chat("f1", "error")]);

const ids = (rows: ReturnType<typeof listRows>) =>
  rows.flatMap((row) => (row.kind === "chat" ? [row.chat.id] : []));

test("a family is folded until one of its members runs, has failed or is open", () => {
  const rows = listRows([calm, busy, failed], () => "Today", undefined);
  expect(ids(rows)).toEqual(["calm", "busy", "b1", "b2", "failed", "f1"]);
  expect(showsChildren(calm, "c2", {})).toBe(true);
  expect(showsChildren(calm, "calm", {})).toBe(false);
});

test("what the person has folded or unfolded stays so", () => {
  const unfolded = { calm: true, busy: false };
  const rows = listRows([calm, busy], () => "Today", undefined, unfolded);
  expect(ids(rows)).toEqual(["calm", "c1", "c2", "busy"]);
  expect(showsChildren(chat("alone"), undefined, { alone: true })).toBe(false);
});

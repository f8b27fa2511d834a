import { expect, test } from "vitest";
import type { Chat, User } from "@/api/generated/types";
import { accessTo, ownerName } from "./access";

const me = { id: "me", roles: [] } as unknown as User;
const chat = (change: Partial<Chat>) => ({ owner_id: "me", ...change }) as Chat;

test("a chat of one's own is written and shared; its subagents are shared with it", () => {
  expect(accessTo(chat({}), me)).toEqual({ foreign: false, write: true, share: true });
  expect(accessTo(chat({ parent_chat_id: "p" }), me).share).toBe(false);
});

test("a chat of somebody else is read, and written by whoever runs the deployment", () => {
  const other = chat({ owner_id: "ann", owner_name: "", owner_username: "ann" });
  expect(accessTo(other, me)).toEqual({ foreign: true, write: false, share: false });
  const owner = { ...me, roles: [{ name: "owner", display_name: "Owner" }] } as User;
  expect(accessTo(other, owner)).toEqual({ foreign: true, write: true, share: true });
  expect(ownerName(other)).toBe("ann");
});

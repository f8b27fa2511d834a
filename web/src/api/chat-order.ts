// The order of the list. Pure.
import type { Chat } from "@/api/generated/types";

function compare(one: Chat, other: Chat): number {
  const pins = Number(one.pin_order === 0) - Number(other.pin_order === 0);
  if (pins !== 0) return pins;
  if (one.pin_order !== other.pin_order) return one.pin_order - other.pin_order;
  const times = Date.parse(other.updated_at) - Date.parse(one.updated_at);
  if (times !== 0) return times;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}

/** As the server would list them now: chats change in place, and pages may overlap then. */
export function inOrder(chats: readonly Chat[]): Chat[] {
  return [...new Map(chats.map((chat) => [chat.id, chat])).values()].sort(compare);
}

/** When chats were last active, by their id. */
export type Times = ReadonlyMap<string, string>;

export function timesOf(chats: readonly Chat[]): Times {
  return new Map(chats.map((chat) => [chat.id, chat.updated_at]));
}

/** Nothing moves under the pointer but by the person's own hand: activity waits, pins don't. */
export function heldAt(times: Times, chats: readonly Chat[]): Chat[] {
  return chats.map((chat) => {
    const updated_at = times.get(chat.id) ?? chat.updated_at;
    return updated_at === chat.updated_at ? chat : { ...chat, updated_at };
  });
}

import { type ChatPages, updateChat } from "@/api/chats";
import type { Chat } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { complain } from "@/components/ui/toast";

/** The pinned chats that any list knows, in their order. */
export function pinnedChats(): Chat[] {
  const all = queryClient.getQueriesData<ChatPages>({ queryKey: ["chats"] });
  const chats = all.flatMap(([, data]) => data?.pages.flat() ?? []);
  const byId = new Map(chats.map((chat) => [chat.id, chat]));
  return inOrder([...byId.values()]);
}

/** Those that are pinned, the first one first. */
export function inOrder(chats: readonly Chat[]): Chat[] {
  const pinned = chats.filter((chat) => chat.pin_order > 0);
  return pinned.sort((a, b) => a.pin_order - b.pin_order || a.id.localeCompare(b.id));
}

/** The place that a chat takes when it is dropped onto another; null where nothing moves. */
export function placeOf(pinned: readonly Chat[], moved: string, onto: string): number | null {
  const target = pinned.find((chat) => chat.id === onto);
  const own = pinned.find((chat) => chat.id === moved);
  if (!target || !own || target.id === own.id) return null;
  return target.pin_order;
}

/** The place one step further up or down; null at either end. */
export function stepOf(pinned: readonly Chat[], id: string, step: -1 | 1): number | null {
  const at = pinned.findIndex((chat) => chat.id === id);
  const neighbour = at < 0 ? undefined : pinned[at + step];
  return neighbour?.pin_order ?? null;
}

/** The server makes room there. */
export async function movePin(id: string, place: number): Promise<void> {
  try {
    await updateChat(id, { pin_order: place });
  } catch (error) {
    complain("Not moved.", error);
  }
}

import type { Chat, User } from "@/api/generated/types";
import { isAdmin, useMe } from "@/api/session";

/** What the signed-in person may do with a chat. */
export interface Access {
  /** It is somebody else's. */
  foreign: boolean;
  write: boolean;
  share: boolean;
}

/** The server decides; this is what it will say. */
export function accessTo(chat: Chat, me: User): Access {
  const foreign = chat.owner_id !== me.id;
  const write = !foreign || isAdmin(me);
  return { foreign, write, share: write && !chat.parent_chat_id };
}

export function useAccess(chat: Chat): Access {
  return accessTo(chat, useMe());
}

/** Whose chat it is, for those whose it is not. */
export function ownerName(chat: Chat): string {
  return chat.owner_name || chat.owner_username;
}

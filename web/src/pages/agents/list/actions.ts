import { type ChatChange, updateChat } from "@/api/chats";
import type { Chat } from "@/api/generated/types";
import { complain, say } from "@/components/ui/toast";

async function change(chat: Chat, what: ChatChange, failed: string): Promise<boolean> {
  try {
    await updateChat(chat.id, what);
    return true;
  } catch (error) {
    complain(failed, error);
    return false;
  }
}

export async function archive(chat: Chat): Promise<void> {
  if (await change(chat, { archived: true }, "Not archived.")) {
    say(`Archived “${chat.title}”`, { name: "Undo", run: () => void unarchive(chat) });
  }
}

export async function unarchive(chat: Chat): Promise<void> {
  await change(chat, { archived: false }, "Still archived.");
}

export async function pin(chat: Chat): Promise<void> {
  // The server appends a newly pinned chat, whatever the number.
  await change(chat, { pin_order: chat.pin_order > 0 ? 0 : 1 }, "Not pinned.");
}

export async function copyLink(chat: Chat): Promise<void> {
  await navigator.clipboard.writeText(`${location.origin}/agents/${chat.id}`);
  say("Link copied.");
}

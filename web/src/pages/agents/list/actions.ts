import { type ChatChange, regenerateTitle, updateChat } from "@/api/chats";
import type { Chat } from "@/api/generated/types";
import { complain, say } from "@/components/ui/toast";
import { copyText } from "@/lib/copy";

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

/** The server says why there is none: one may be on its way already. */
export async function findTitle(chat: Chat): Promise<void> {
  try {
    await regenerateTitle(chat.id);
  } catch (error) {
    complain("No new title.", error);
  }
}

export async function copyLink(chat: Chat): Promise<void> {
  try {
    await copyText(`${location.origin}/agents/${chat.id}`);
    say("Link copied.");
  } catch (error) {
    complain("Link not copied.", error);
  }
}

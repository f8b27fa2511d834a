import { useEffect, useState, useSyncExternalStore } from "react";
import { patchChat } from "@/api/chats";
import { ChatStore, type Snapshot } from "@/stream/store";

/** The open chat's store; it follows the chat as long as the page shows it. */
export function useChatStore(id: string): { store: ChatStore; snapshot: Snapshot } {
  const [store] = useState(() => new ChatStore(id));
  useEffect(() => {
    store.open();
    return () => store.close();
  }, [store]);
  const snapshot = useSyncExternalStore(store.subscribe, store.read);
  const { chat } = snapshot;
  useEffect(() => {
    // Title, binding and the like are told here first; whoever shows them learns it.
    if (Object.keys(chat.chat).length > 0) patchChat(id, chat.chat);
  }, [id, chat.chat]);
  useEffect(() => {
    if (chat.status) patchChat(id, { status: chat.status });
  }, [id, chat.status]);
  return { store, snapshot };
}

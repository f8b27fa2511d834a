import { useEffect, useState, useSyncExternalStore } from "react";
import type { Chat, ChatMessage, QueuedMessage } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { knownFile, noteFiles } from "@/lib/known-files";
import type { ChatStore } from "@/stream/store";
import { Sending, type SendingState } from "./sending";

/** What a person does to the open chat, and how that stands. */
export function useSending(chat: Chat, store: ChatStore): [Sending, SendingState] {
  const [sending] = useState(
    () =>
      new Sending(
        chat.id,
        (message) =>
          store.take({ type: "data", data: [{ type: "message", chat_id: chat.id, message }] }),
        () => store.read().chat.messages.at(-1)?.id ?? 0,
      ),
  );
  return [sending, useSyncExternalStore(sending.subscribe, sending.read)];
}

/** Files that messages name and nobody here has heard of: the chat is asked for its list once. */
export function useFileNames(
  chat: Chat,
  messages: readonly ChatMessage[],
  queue: readonly QueuedMessage[],
): void {
  const [asked] = useState(() => new Set<string>());
  useEffect(() => {
    noteFiles(chat.files.map(({ id, name, size }) => ({ fileId: id, name, size })));
  }, [chat.files]);
  useEffect(() => {
    const ids = [...messages, ...queue].flatMap(({ content }) =>
      content.flatMap((part) => (part.type === "file" && part.file_id ? [part.file_id] : [])),
    );
    const unknown = ids.filter((id) => !knownFile(id) && !asked.has(id));
    for (const id of unknown) asked.add(id);
    const listed = chat.files.map((file) => file.id);
    if (unknown.every((id) => listed.includes(id))) return;
    void queryClient.invalidateQueries({ queryKey: ["chat", chat.id], exact: true });
  }, [chat.id, chat.files, messages, queue, asked]);
}

import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import type { Chat, CreateChatRequest } from "@/api/generated/types";
import { type UsageLimit, usageLimitOf } from "@/api/usage-limit";
import { inputParts } from "@/components/composer/content";
import type { ComposerStore } from "@/components/composer/store";

/** The chat that was begun last, until its page is there. */
let begun: string | null = null;

/** Whether the chat has just been begun here. Says so once. */
export function takeBegun(id: string): boolean {
  if (begun !== id) return false;
  begun = null;
  return true;
}

export interface Creating {
  create: (choices: Omit<CreateChatRequest, "content" | "client_type">) => Promise<void>;
  sending: boolean;
  /** Why it did not start, unless that is the limit. */
  error: unknown;
  limit: UsageLimit | null;
}

/** Starts a chat with what is written; that stays where it is until the chat is there. */
export function useCreating(store: ComposerStore): Creating {
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const create: Creating["create"] = async (choices) => {
    setSending(true);
    setError(null);
    try {
      const content = inputParts(store.content());
      const chat = await api.post<Chat>("/chats", { content, client_type: "ui", ...choices });
      store.clear();
      cache.setQueryData(["chat", chat.id], chat);
      void cache.invalidateQueries({ queryKey: ["chats"] });
      begun = chat.id;
      await navigate({ to: "/agents/$id", params: { id: chat.id } });
    } catch (cause) {
      setError(cause);
    }
    setSending(false);
  };
  const limit = usageLimitOf(error);
  return { create, sending, error: limit ? null : error, limit };
}

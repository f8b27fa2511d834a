import { useCallback, useState } from "react";
import { ApiError, api, errorText } from "@/api/client";
import type {
  BusyBehavior,
  Chat,
  ChatMessage,
  ChatMessagePart,
  QueuedMessage,
  SendMessageRequest,
  SendMessageResponse,
} from "@/api/generated/types";
import { useDraft } from "@/components/composer/draft";
import { complain } from "@/components/ui/toast";
import type { ChatStore } from "@/stream/store";

/** A message on its way, or one that did not arrive. Its text is never lost. */
export interface Pending {
  text: string;
  failed: string | null;
}

export interface Sending {
  text: string;
  setText: (text: string) => void;
  pending: Pending | null;
  sending: boolean;
  /** One line above the composer. */
  warning: string | null;
  editing: ChatMessage | null;
  model: string;
  setModel: (id: string) => void;
  send: (behavior: BusyBehavior) => void;
  resend: () => void;
  /** Puts the text that did not arrive back into the composer. */
  reclaim: () => void;
  suggest: (text: string) => void;
  edit: (message: ChatMessage) => void;
  cancelEdit: () => void;
  interrupt: () => void;
  promote: (item: QueuedMessage) => void;
  remove: (item: QueuedMessage) => Promise<void>;
  /** Takes an item out of the queue and into the composer. */
  take: (item: QueuedMessage) => void;
}

/** The words of a message. */
export function wordsOf(content: readonly ChatMessagePart[]): string {
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

export function useSending(chat: Chat, store: ChatStore, active: boolean): Sending {
  const [text, setText] = useDraft(chat.id);
  const [pending, setPending] = useState<Pending | null>(null);
  const [warning, setWarning] = useState<string | null>(null);
  const [editing, setEditing] = useState<ChatMessage | null>(null);
  const [kept, setKept] = useState("");
  const [model, setModel] = useState(chat.last_model_config_id);
  const path = `/chats/${chat.id}`;
  const sending = pending !== null && pending.failed === null;

  const show = (message: ChatMessage) =>
    store.take({
      type: "data",
      data: [{ type: "message", chat_id: chat.id, message }],
    });

  const post = async (words: string, behavior: BusyBehavior) => {
    setPending({ text: words, failed: null });
    setWarning(null);
    const body: SendMessageRequest = {
      content: [{ type: "text", text: words }],
      busy_behavior: behavior,
      ...(model === chat.last_model_config_id ? {} : { model_config_id: model }),
    };
    try {
      const answer = await api.post<SendMessageResponse>(`${path}/messages`, body);
      if (answer.message) show(answer.message);
      setPending(null);
    } catch (error) {
      if (error instanceof ApiError && error.status === 429) {
        // The queue is full: nothing is wrong with the text.
        setPending(null);
        setText(words);
        setWarning(`${error.message} Your text is kept here.`);
      } else {
        setPending({ text: words, failed: errorText(error) });
      }
    }
  };

  const restart = async (message: ChatMessage) => {
    const words = text;
    setPending({ text: words, failed: null });
    try {
      const content = [{ type: "text", text: words }];
      await api.patch<ChatMessage>(`${path}/messages/${message.id}`, { content });
      setPending(null);
      setEditing(null);
      setText(kept);
    } catch (error) {
      setPending(null);
      setWarning(errorText(error));
    }
  };

  const suggest = useCallback((words: string) => setText(words), [setText]);

  const remove = async (item: QueuedMessage) => {
    try {
      await api.delete(`${path}/queue/${item.id}`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return;
      complain("Not removed.", error);
      throw error;
    }
  };

  return {
    text,
    setText,
    pending,
    sending,
    warning,
    editing,
    model,
    setModel,
    send: (behavior) => {
      if (editing) return void restart(editing);
      const words = text;
      setText("");
      void post(words, active ? behavior : "queue");
    },
    resend: () => {
      if (pending) void post(pending.text, "queue");
    },
    reclaim: () => {
      if (pending) setText(pending.text);
      setPending(null);
    },
    suggest,
    edit: (message) => {
      if (!editing) setKept(text);
      setEditing(message);
      setText(wordsOf(message.content));
    },
    cancelEdit: () => {
      setEditing(null);
      setText(kept);
    },
    interrupt: () => {
      api.post(`${path}/interrupt`).catch((error: unknown) => complain("Not stopped.", error));
    },
    promote: (item) => {
      api.post(`${path}/queue/${item.id}/promote`).catch((error: unknown) => {
        const gone = error instanceof ApiError && error.status === 404;
        complain(gone ? "It had already been sent." : "Not sent.", gone ? undefined : error);
      });
    },
    remove,
    take: (item) => {
      remove(item).then(
        () => setText(wordsOf(item.content)),
        () => {},
      );
    },
  };
}

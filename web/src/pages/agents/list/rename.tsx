import { useRef, useState } from "react";
import { updateChat } from "@/api/chats";
import { errorText } from "@/api/client";
import type { Chat } from "@/api/generated/types";

interface Props {
  chat: Chat;
  onDone: () => void;
  className?: string;
}

/** Saves on Enter and on leaving it, goes back on Escape; a refusal stays beside the text. */
export function RenameBox({ chat, onDone, className = "" }: Props) {
  const [error, setError] = useState<string | null>(null);
  const finished = useRef(false);
  const save = async (title: string) => {
    if (finished.current) return;
    finished.current = true;
    if (!title.trim() || title === chat.title) return onDone();
    try {
      await updateChat(chat.id, { title: title.trim() });
      onDone();
    } catch (cause) {
      finished.current = false;
      setError(errorText(cause));
    }
  };
  return (
    <span className="l1 rename">
      <input
        // biome-ignore lint/a11y/noAutofocus: the person asked to type here
        autoFocus
        className={`inp ${className}`}
        aria-label="Title"
        aria-invalid={error !== null}
        defaultValue={chat.title}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={(event) => void save(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.nativeEvent.isComposing) {
            void save(event.currentTarget.value);
          }
          if (event.key === "Escape") {
            finished.current = true;
            onDone();
          }
          event.stopPropagation();
        }}
      />
      {error && (
        <span className="rename-error" role="alert">
          {error}
        </span>
      )}
    </span>
  );
}

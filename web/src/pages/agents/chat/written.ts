import type { ChatMessage } from "@/api/generated/types";

/** What the person wrote last; files that a workspace brought along are nobody's words. */
export function lastWritten(messages: readonly ChatMessage[]): ChatMessage | undefined {
  return messages.findLast(
    (message) =>
      message.role === "user" && message.content.some((part) => part.type !== "context-file"),
  );
}

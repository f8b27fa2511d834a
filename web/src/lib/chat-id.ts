import { createContext, useContext } from "react";

/** The chat that is in view, for what stands deep inside it. */
export const ChatIdContext = createContext<string | null>(null);

export function useChatId(): string | null {
  return useContext(ChatIdContext);
}

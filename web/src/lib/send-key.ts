import { useSyncExternalStore } from "react";
import { recall, remember } from "./storage";

/** Which key sends a message: Enter, or Enter with Ctrl or Command. */
export type SendKey = "enter" | "mod_enter";

const NAME = "send-key";
const listeners = new Set<() => void>();
let chosen: SendKey = recall(NAME) === "mod_enter" ? "mod_enter" : "enter";

export function sendKey(): SendKey {
  return chosen;
}

export function setSendKey(key: SendKey): void {
  chosen = key;
  remember(NAME, key);
  for (const listener of listeners) listener();
}

export function useSendKey(): SendKey {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, sendKey);
}

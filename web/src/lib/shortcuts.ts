// The keyboard map: one list feeds the keys, the help overlay and the hints in menus.

import { useDevice } from "./device";

export interface Shortcut {
  keys: string;
  name: string;
  group: "Anywhere" | "Chat" | "Typing";
}

export const SHORTCUTS: Shortcut[] = [
  { keys: "Ctrl K", name: "Search and commands", group: "Anywhere" },
  { keys: "n", name: "New chat", group: "Anywhere" },
  { keys: "j", name: "Next chat", group: "Anywhere" },
  { keys: "k", name: "Previous chat", group: "Anywhere" },
  { keys: "g l", name: "Go to the list of chats", group: "Anywhere" },
  { keys: "F6", name: "Next region", group: "Anywhere" },
  { keys: "?", name: "This help", group: "Anywhere" },
  { keys: "/", name: "Write a message", group: "Chat" },
  { keys: "]", name: "Show or hide the panel", group: "Chat" },
  { keys: "1", name: "Changes", group: "Chat" },
  { keys: "3", name: "Terminal", group: "Chat" },
  { keys: "4", name: "Context", group: "Chat" },
  { keys: "e", name: "Rename", group: "Chat" },
  { keys: "x", name: "Archive", group: "Chat" },
  { keys: "Ctrl .", name: "Stop", group: "Chat" },
  { keys: "End", name: "Jump to the latest", group: "Chat" },
  { keys: "Enter", name: "Send", group: "Typing" },
  { keys: "Shift Enter", name: "New line", group: "Typing" },
  { keys: "ArrowUp", name: "Edit the last message (in an empty field)", group: "Typing" },
  { keys: "Escape", name: "Leave editing, then the field", group: "Typing" },
];

/** Whether keys go into a text right now. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input, textarea, select");
}

/** The name of a pressed key as the list writes it; null where a single letter must not act. */
export function pressed(event: KeyboardEvent): string | null {
  if (event.isComposing || event.altKey) return null;
  const command = event.ctrlKey || event.metaKey;
  if (command) return event.key.length === 1 ? `Ctrl ${event.key.toUpperCase()}` : null;
  if (event.key === "F6") return event.shiftKey ? "Shift F6" : "F6";
  if (isTyping(event.target) || document.querySelector("[role=dialog], [role=menu]")) return null;
  return event.key.length === 1 && useDevice.getState().letters ? event.key : null;
}

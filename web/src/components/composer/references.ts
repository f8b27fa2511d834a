// How other parts of the page put lines of a file into a message.
import type { FileReference } from "./content";
import { type ComposerStore, composerOf } from "./store";

/** While an earlier message is edited, that is where things go. */
const editing = new Map<string, ComposerStore>();

export function setEditing(chatId: string, store: ComposerStore | null): void {
  if (store) editing.set(chatId, store);
  else editing.delete(chatId);
}

/**
 * Puts lines of a file at the caret of the chat's composer, or behind what is written there,
 * with words after them if there are any; the composer is focused. Nothing is sent.
 */
export function addFileReference(chatId: string, reference: FileReference, words = ""): void {
  const store = editing.get(chatId) ?? composerOf(chatId);
  store.addReference(reference);
  if (words) store.insertText(words);
  store.focus();
}

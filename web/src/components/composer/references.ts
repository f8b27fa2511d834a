// Where the words of a chat go: into its draft, or into the earlier message that is edited.
import type { ChatMessage } from "@/api/generated/types";
import { owned, whenDropped } from "@/lib/owner";
import type { FileReference } from "./content";
import { type ComposerStore, composerOf } from "./store";

/** An earlier message in the middle of a change. */
export interface Edit {
  message: ChatMessage;
  store: ComposerStore;
}

/** It outlives its page: whoever looks at another chat meanwhile goes on where they were. */
const edits = new Map<string, Edit>();

export function editOf(chatId: string): Edit | null {
  return edits.get(owned(chatId)) ?? null;
}

export function setEdit(chatId: string, edit: Edit | null): void {
  if (edit) edits.set(owned(chatId), edit);
  else edits.delete(owned(chatId));
}

/** Whether a message was changed and not sent anew: a reload would lose that. */
export function isEditing(): boolean {
  return [...edits.values()].some(({ store }) => store.isDirty);
}

whenDropped(() => {
  for (const { store } of edits.values()) store.drop();
  edits.clear();
});

/** A draft is kept; a changed message is not, so leaving the page asks first. */
export function askOnLeave(): void {
  window.addEventListener("beforeunload", (event) => {
    if (isEditing()) event.preventDefault();
  });
}

/**
 * Puts lines of a file at the caret of the chat's composer, or behind what is written there,
 * with words after them if there are any; the composer is focused. Nothing is sent.
 */
export function addFileReference(chatId: string, reference: FileReference, words = ""): void {
  const store = editOf(chatId)?.store ?? composerOf(chatId);
  store.addReference(reference);
  if (words) store.insertText(words);
  store.focus();
}

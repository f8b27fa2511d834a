// Messages that did not arrive, kept until the person has decided about them.
import { type Content, isEmpty } from "@/components/composer/content";
import { owned } from "@/lib/owner";
import { forget, recall, remember } from "@/lib/storage";

const MESSAGES_MAX = 20;
const BYTES_MAX = 256 * 1024;

const nameOf = (chatId: string) => `unsent.${owned(chatId)}`;

export function loadUnsent(chatId: string): Content[] {
  try {
    const kept: unknown = JSON.parse(recall(nameOf(chatId)) ?? "[]");
    const all = Array.isArray(kept) ? (kept as Content[]) : [];
    return all.filter((one) => Array.isArray(one?.body) && Array.isArray(one?.files));
  } catch {
    return [];
  }
}

export function saveUnsent(chatId: string, contents: readonly Content[]): void {
  const some = contents.filter((one) => !isEmpty(one)).slice(-MESSAGES_MAX);
  const text = JSON.stringify(some);
  // Too much for the storage stays in this page.
  if (some.length === 0) forget(nameOf(chatId));
  else if (text.length <= BYTES_MAX) remember(nameOf(chatId), text);
}

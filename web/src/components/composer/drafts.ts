// Drafts that survive a reload: few, small, and never in the way when storage is full or shut.
import { forget, recall, remember, rememberedNames } from "@/lib/storage";
import { type Body, bodyOf, type Content, isEmpty, NOTHING, type StoredFile } from "./content";

export const DRAFTS_MAX = 100;
/** Bytes of one draft as it is stored. */
export const DRAFT_BYTES_MAX = 64 * 1024;
/** The server deletes files that no message has used after a day. */
const FILES_KEPT_MS = 23 * 3_600_000;

const PREFIX = "draft.";

interface Kept {
  at: number;
  body: Body;
  files: StoredFile[];
}

function read(name: string): Kept | null {
  const text = recall(PREFIX + name);
  if (text === null) return null;
  try {
    const kept = JSON.parse(text) as Partial<Kept> | null;
    if (kept && typeof kept.at === "number" && Array.isArray(kept.body)) {
      return { at: kept.at, body: kept.body, files: kept.files ?? [] };
    }
  } catch {
    // Somebody else's words, or those of an older page.
  }
  return { at: 0, body: bodyOf(text), files: [] };
}

export interface Loaded extends Content {
  /** Files that the server no longer has. */
  expired: StoredFile[];
}

/** The draft of this name. */
export function loadDraft(name: string, now: number): Loaded {
  const kept = read(name);
  if (!kept) return { ...NOTHING, expired: [] };
  const { body, files } = kept;
  const isFresh = now - kept.at < FILES_KEPT_MS;
  return { body, files: isFresh ? files : [], expired: isFresh ? [] : files };
}

/** Keeps a draft; false when it is too long to be kept. An older one stays then. */
export function saveDraft(name: string, { body, files }: Content, now: number): boolean {
  if (isEmpty({ body, files })) {
    forget(PREFIX + name);
    return true;
  }
  const text = JSON.stringify({ at: now, body, files });
  if (new TextEncoder().encode(text).length > DRAFT_BYTES_MAX) return false;
  if (recall(PREFIX + name) === null) makeRoom();
  remember(PREFIX + name, text);
  return true;
}

/** The oldest ones make room. */
function makeRoom(): void {
  const names = rememberedNames(PREFIX);
  if (names.length < DRAFTS_MAX) return;
  const aged = names.map((name) => ({ name, at: read(name.slice(PREFIX.length))?.at ?? 0 }));
  aged.sort((a, b) => a.at - b.at);
  for (const { name } of aged.slice(0, names.length - DRAFTS_MAX + 1)) forget(name);
}

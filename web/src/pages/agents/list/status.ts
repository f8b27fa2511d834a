import type { Chat } from "@/api/generated/types";
import type { GlyphName } from "@/components/ui/glyph";

const KINDS: Record<string, string> = {
  rate_limit: "rate limit",
  timeout: "timeout",
  startup_timeout: "startup timeout",
  stream_silence_timeout: "stream silence timeout",
  auth: "authentication",
  missing_key: "authentication",
  config: "configuration",
  provider_disabled: "configuration",
  overloaded: "overloaded",
  usage_limit: "usage limit",
};

/** A failure's kind in words; an unknown kind is never shown raw. */
export function kindName(kind: string | null | undefined): string {
  return KINDS[kind ?? ""] ?? "error";
}

export interface RowState {
  glyph: GlyphName | null;
  tone: string;
  /** Second line of the row; empty for a calm chat. */
  words: string;
  /** For those who can't see the glyph. */
  spoken: string;
  asks: boolean;
}

const CALM: RowState = { glyph: null, tone: "", words: "", spoken: "Ready", asks: false };

/** What a row of the list says about its chat. */
export function rowState(chat: Chat): RowState {
  if (chat.archived) return { ...CALM, glyph: "archive", tone: "q", spoken: "Archived" };
  switch (chat.status) {
    case "running":
      if (chat.queued_for_capacity) {
        return { ...CALM, glyph: "clock", tone: "q", words: "Waiting for capacity", spoken: "" };
      }
      return { ...CALM, glyph: "run", words: "Running", spoken: "" };
    case "interrupting":
      return { ...CALM, glyph: "stopping", tone: "q", words: "Stopping", spoken: "" };
    case "requires_action":
      return { ...CALM, glyph: "hand", tone: "acc", words: "Needs you", spoken: "", asks: true };
    case "error": {
      const words = `Failed: ${kindName(chat.last_error?.kind)}`;
      return { ...CALM, glyph: "error", tone: "bad", words, spoken: "" };
    }
    case "waiting":
      return chat.has_unread ? { ...CALM, words: "Finished, not read yet", spoken: "" } : CALM;
    default:
      return CALM;
  }
}

export type ListRow =
  | { kind: "head"; key: string; name: string }
  | { kind: "chat"; key: string; chat: Chat; parent: Chat | null; open: boolean };

/** Families that the person has opened or closed; of the others their state decides. */
export type Unfolded = Readonly<Record<string, boolean>>;

/** Children are shown while one of them is open, runs or has failed. */
export function showsChildren(chat: Chat, openId: string | undefined, unfolded: Unfolded): boolean {
  if (chat.children.length === 0) return false;
  const chosen = unfolded[chat.id];
  if (chosen !== undefined) return chosen;
  return chat.children.some((child) => child.id === openId || child.status !== "waiting");
}

/** The list as rows: heads, chats and their children. */
export function listRows(
  chats: readonly Chat[],
  eraOf: (chat: Chat) => string,
  openId: string | undefined,
  unfolded: Unfolded = {},
): ListRow[] {
  const rows: ListRow[] = [];
  let section = "";
  for (const chat of chats) {
    const name = chat.pin_order > 0 ? "Pinned" : eraOf(chat);
    if (name !== section) {
      section = name;
      rows.push({ kind: "head", key: `head ${name}`, name });
    }
    const open = showsChildren(chat, openId, unfolded);
    rows.push({ kind: "chat", key: chat.id, chat, parent: null, open });
    for (const child of open ? chat.children : []) {
      rows.push({ kind: "chat", key: child.id, chat: child, parent: chat, open: false });
    }
  }
  return rows;
}

import type { Chat, ChatStatus, WatchKind } from "@/api/generated/types";

/** What a chat has to say to somebody who is not looking at it. */
export type News = "finished" | "failed" | "needs";

/** What was known of a chat before, by its id. Only the watch socket writes here. */
export class Statuses {
  private readonly known = new Map<string, ChatStatus>();

  /** Takes a chat's new state; answers what is news about it. */
  take(kind: WatchKind, chat: Pick<Chat, "id" | "status">): News | null {
    const before = this.known.get(chat.id);
    this.known.set(chat.id, chat.status);
    // The first that is heard of a chat is a change of its status: it was running.
    const was = before ?? (kind === "status_change" ? "running" : chat.status);
    return news(was, chat.status);
  }
}

/** A chat that was stopped by its person is no news to them. */
function news(before: ChatStatus, after: ChatStatus): News | null {
  if (before === after) return null;
  switch (after) {
    case "waiting":
      return before === "running" ? "finished" : null;
    case "error":
      return "failed";
    case "requires_action":
      return "needs";
    default:
      return null;
  }
}

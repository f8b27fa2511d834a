import type { Chat } from "@/api/generated/types";
import { tell } from "@/components/ui/toast";
import { chimeOnce } from "@/lib/attention/chime";
import { useAttention } from "@/lib/attention/choices";
import type { News } from "@/lib/attention/news";
import { plain } from "@/lib/plain";

const WORDS = {
  finished: { glyph: "check", tone: "", says: "has finished." },
  failed: { glyph: "error", tone: "bad", says: "has failed." },
  needs: { glyph: "hand", tone: "acc", says: "needs you." },
} as const;

/** Whether the person is looking at the chat right now. */
function inView(id: string): boolean {
  return document.visibilityState === "visible" && location.pathname === `/agents/${id}`;
}

/** Says what a chat has to say, unless it is before the person's eyes. Subagents report to
 * their parent and not to people. */
export function announce(chat: Chat, news: News, open: (id: string) => void): void {
  if (chat.parent_chat_id || chat.archived || inView(chat.id)) return;
  const { toasts, chime } = useAttention.getState();
  if (toasts) {
    const { glyph, tone, says } = WORDS[news];
    tell({
      // One toast per chat: the newest word replaces the one before.
      id: `chat ${chat.id}`,
      glyph,
      tone,
      title: plain(chat.title) || "A chat",
      detail: says,
      action: { name: "Open", run: () => open(chat.id) },
    });
  }
  // A sound that can't be made is nobody's business.
  if (chime) chimeOnce(`${chat.id} ${chat.updated_at} ${news}`).catch(() => {});
}

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { chatQuery, chatsQuery } from "@/api/chats";
import type { Chat } from "@/api/generated/types";
import { useMe } from "@/api/session";
import { plain } from "@/lib/plain";
import { navigation } from "@/pages/agents/settings/nav";

/** How many chats wait for the person: those they have not read, and those that ask. */
export function waiting(chats: readonly Chat[], openId: string | undefined): number {
  return chats.filter(
    (chat) => chat.id !== openId && (chat.has_unread || chat.status === "requires_action"),
  ).length;
}

export function titleOf(name: string | undefined, count: number): string {
  const words = name ? `${name} · Muster` : "Muster";
  return count > 0 ? `(${count}) ${words}` : words;
}

function chatOf(pathname: string): string | undefined {
  return /^\/agents\/([0-9a-f-]{36})$/.exec(pathname)?.[1];
}

/** Names the page, and counts what waits: in the title of the tab and on the app's icon. */
export function useTitle(): void {
  const me = useMe();
  const { pathname } = useLocation();
  const id = chatOf(pathname);
  const { data: list } = useInfiniteQuery(chatsQuery({ archived: false, shared: false, text: "" }));
  // Asked by the chat's own page; here it is only listened to.
  const { data: chat } = useQuery({ ...chatQuery(id ?? ""), enabled: false });
  const entries = navigation(me).flatMap((group) => group.entries);
  const page = entries.find((entry) => pathname.startsWith(entry.to))?.name;
  const name = id ? plain(chat?.title ?? "") : (page ?? (pathname === "/agents" ? "New chat" : ""));
  const count = waiting(list?.pages.flat() ?? [], id);
  useEffect(() => {
    document.title = titleOf(name, count);
  }, [name, count]);
  useEffect(() => {
    // Only installed apps have an icon to put it on; refusals change nothing.
    if ("setAppBadge" in navigator) navigator.setAppBadge(count).catch(() => {});
  }, [count]);
}

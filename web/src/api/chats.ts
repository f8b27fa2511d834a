// The list of chats: pages by cursor, mended in place by the watch socket.
import { type InfiniteData, infiniteQueryOptions, useQuery } from "@tanstack/react-query";
import { inOrder } from "./chat-order";
import { api } from "./client";
import type { Chat, UpdateChatRequest, WatchEvent, WatchFrame } from "./generated/types";
import { queryClient } from "./query";
import { type Link, Socket } from "./socket";

export const CHATS_PAGE = 50;

export interface ChatFilter {
  archived: boolean;
  /** The chats that others share with the person, not the own ones. */
  shared: boolean;
  /** Words of the title, and labels as `key:value`. */
  text: string;
}

export type ChatPages = InfiniteData<Chat[], string | undefined>;

/** `team:billing` in the filter is a label; everything else is looked for in titles. */
export function splitFilter(text: string): { words: string; labels: string[] } {
  const all = text.trim().split(/\s+/).filter(Boolean);
  const labels = all.filter((word) => /^[^:]+:[^:]+$/.test(word));
  return { words: all.filter((word) => !labels.includes(word)).join(" "), labels };
}

/** What others share is nobody's to tell of in the watch socket: it is asked for now and then. */
const SHARED_EVERY_MS = 30_000;

export function chatsQuery({ archived, shared, text }: ChatFilter) {
  const { words, labels } = splitFilter(text);
  const flags = [archived && "archived:true", shared && "shared:true"];
  const q = [...flags, words].filter(Boolean).join(" ");
  return infiniteQueryOptions({
    queryKey: ["chats", { archived, shared, text: text.trim() }] as const,
    ...(shared ? { refetchInterval: SHARED_EVERY_MS } : {}),
    queryFn: ({ pageParam, signal }) =>
      api.get<Chat[]>(
        "/chats",
        { limit: CHATS_PAGE, after_id: pageParam, q, label: labels },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    // The last one of a page may be the first of the list by now.
    getNextPageParam: (page, pages) => {
      if (page.length < CHATS_PAGE) return undefined;
      return (shared ? page : inOrder(pages.flat())).at(-1)?.id;
    },
  });
}

export function chatQuery(id: string) {
  return {
    queryKey: ["chat", id] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      api.get<Chat>(`/chats/${id}`, undefined, signal),
  };
}

export function useChat(id: string) {
  return useQuery(chatQuery(id));
}

/** Puts what is known of a chat into every list and page that shows it. */
export function patchChat(id: string, change: Partial<Chat>): void {
  queryClient.setQueryData<Chat>(["chat", id], (chat) => chat && { ...chat, ...change });
  queryClient.setQueriesData<ChatPages>({ queryKey: ["chats"] }, (data) =>
    mapChats(data, (chat) => (chat.id === id ? { ...chat, ...change } : chat)),
  );
}

function mapChats(
  data: ChatPages | undefined,
  change: (chat: Chat) => Chat,
): ChatPages | undefined {
  if (!data) return data;
  const pages = data.pages.map((page) =>
    page.map((chat) => {
      const next = change(chat);
      const children = next.children.map(change);
      const same = children.every((child, at) => child === next.children[at]);
      return same ? next : { ...next, children };
    }),
  );
  return { ...data, pages };
}

export type ChatChange = UpdateChatRequest & Partial<Pick<Chat, "pin_order" | "labels">>;

/** Changes a chat and shows it in every list. */
export async function updateChat(id: string, change: ChatChange): Promise<void> {
  await api.patch(`/chats/${id}`, change);
  patchChat(id, change);
  await queryClient.invalidateQueries({ queryKey: ["chats"] });
}

/** Has a model find another title, and shows it in every list. */
export async function regenerateTitle(id: string): Promise<void> {
  const { title, updated_at } = await api.post<Chat>(`/chats/${id}/title/regenerate`);
  patchChat(id, { title, updated_at });
}

/** Whether the list knows the chat, as a root or as a child. */
function isListed(id: string): boolean {
  const all = queryClient.getQueriesData<ChatPages>({ queryKey: ["chats"] });
  return all.some(([, data]) =>
    data?.pages.some((page) =>
      page.some((chat) => chat.id === id || chat.children.some((child) => child.id === id)),
    ),
  );
}

/** The chat before or behind this one, or its family, in the list that is shown. */
export function neighbourOf(id: string, step: 1 | -1): string | undefined {
  const [shown] = queryClient.getQueryCache().findAll({ queryKey: ["chats"], type: "active" });
  const data = shown?.state.data as ChatPages | undefined;
  const chats = inOrder(data?.pages.flat() ?? []);
  const at = chats.findIndex((one) => one.id === id || one.children.some((sub) => sub.id === id));
  return at < 0 ? undefined : chats[at + step]?.id;
}

function take({ kind, chat }: WatchEvent): void {
  const { children: _, ...own } = chat;
  patchChat(chat.id, own);
  // A new member, or one that belongs elsewhere now: ask for the order anew.
  const moved = kind === "created" || kind === "deleted" || !isListed(chat.id);
  if (moved) void queryClient.invalidateQueries({ queryKey: ["chats"] });
}

/** Follows the list until the returned function is called. */
export function watchChats(
  onLink: (link: Link) => void,
  onEvent: (event: WatchEvent) => void = () => {},
): () => void {
  let connected = false;
  const socket = new Socket({
    address: () => "/api/v2/chats/watch",
    onFrame: (frame) => {
      const { type, ...rest } = frame as WatchFrame;
      if (type !== "data" || !("data" in rest)) return;
      const event = rest.data as WatchEvent;
      take(event);
      onEvent(event);
    },
    onLink: (link) => {
      onLink(link);
      if (link !== "open") {
        connected = false;
      } else if (!connected) {
        connected = true;
        // What happened meanwhile was not seen.
        void queryClient.invalidateQueries({ queryKey: ["chats"] });
      }
    },
  });
  return () => socket.close();
}

import { createContext, useContext, useEffect, useState } from "react";
import { serverNow } from "@/api/client";

/**
 * What a person has opened, closed or seen in the rows of one chat. The list throws rows away
 * that leave the view; this lasts as long as the chat is open.
 */
export class Views {
  readonly opened = serverNow();
  readonly kept = new Map<string, unknown>();
}

/** Where there is none, rows keep to themselves what they know. */
export const ViewsContext = createContext<Views | null>(null);

/** State of a row that outlives the row. */
export function useKept<T>(key: string, initial: T): [T, (next: T) => void] {
  const kept = useContext(ViewsContext)?.kept;
  const [value, set] = useState(() => (kept?.has(key) ? (kept.get(key) as T) : initial));
  const keep = (next: T) => {
    kept?.set(key, next);
    set(next);
  };
  return [value, keep];
}

/** What was noted under this name, if anything. */
export function useNoted<T>(key: string): T | undefined {
  return useContext(ViewsContext)?.kept.get(key) as T | undefined;
}

/** When this was first seen, by the server's clock. */
export function useFirstSeen(key: string, now: number): number {
  const kept = useContext(ViewsContext)?.kept;
  const [first] = useState(() => (kept?.get(key) as number | undefined) ?? now);
  useEffect(() => {
    kept?.set(key, first);
  }, [kept, key, first]);
  return first;
}

/** Whether this came about while the chat was open, and is said for the first time. */
export function useIsNews(key: string, at: string | undefined): boolean {
  const views = useContext(ViewsContext);
  const [isNews] = useState(
    () => !views || (!views.kept.has(key) && (!at || Date.parse(at) >= views.opened)),
  );
  useEffect(() => {
    views?.kept.set(key, true);
  }, [views, key]);
  return isNews;
}

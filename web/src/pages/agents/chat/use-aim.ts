import { useLocation } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { type Row, rowOf } from "@/stream/rows";
import type { Snapshot } from "@/stream/store";

/** So far back a link leads; 50 messages each. */
const PAGES_MAX = 40;
const MARKED_MS = 2_500;

interface Where {
  rows: readonly Row[];
  snapshot: Snapshot;
  /** Whether the list has come to where it begins. */
  settled: boolean;
  onOlder: () => Promise<void>;
}

/** Leads to the message that the address names (`#m12`), and gives the key of its row for a while. */
export function useAim(
  { rows, snapshot, settled, onOlder }: Where,
  go: (index: number) => void,
): string | null {
  const { hash } = useLocation();
  const [aimed, setAimed] = useState<string | null>(null);
  const reached = useRef("");
  const asked = useRef({ pages: 0, first: 0 });
  const { chat, loaded, hasOlder, loadingOlder } = snapshot;
  // biome-ignore lint/correctness/useExhaustiveDependencies: how to get there is new each time
  useEffect(() => {
    const id = Number(/^m(\d+)$/.exec(hash)?.[1]);
    if (!id || !loaded || !settled || loadingOlder || reached.current === hash) return;
    const index = rowOf(rows, chat.messages, id);
    const first = chat.messages[0]?.id ?? 0;
    const { pages } = asked.current;
    if (index >= 0) {
      reached.current = hash;
      setAimed(rows[index]?.key ?? null);
      go(index);
    } else if (first > id && hasOlder && pages < PAGES_MAX && first !== asked.current.first) {
      asked.current = { pages: pages + 1, first };
      void onOlder();
    } else {
      reached.current = hash;
    }
  }, [hash, rows, chat.messages, loaded, hasOlder, loadingOlder, settled, onOlder]);
  useEffect(() => {
    if (aimed === null) return;
    const timer = setTimeout(() => setAimed(null), MARKED_MS);
    return () => clearTimeout(timer);
  }, [aimed]);
  return aimed;
}

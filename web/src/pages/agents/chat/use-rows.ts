import { useMemo, useRef } from "react";
import { serverNow } from "@/api/client";
import { historyRows, liveRows, type Row } from "@/stream/rows";
import type { ChatState, LivePart } from "@/stream/state";

/** The rows of a chat. Those of its history stay the same objects while words arrive. */
export function useRows({ messages, live, asked }: ChatState, active: boolean): Row[] {
  const results = useResults(live);
  const history = useMemo(
    () => historyRows(messages, results, active, asked, serverNow()),
    [messages, results, active, asked],
  );
  return useMemo(() => [...history, ...liveRows(live)], [history, live]);
}

/** What calls have said so far; the same list until one says more. */
function useResults(live: readonly LivePart[]): readonly LivePart[] {
  const before = useRef<readonly LivePart[]>([]);
  const now = live.filter((part) => part.kind === "result");
  const same =
    now.length === before.current.length && now.every((part, at) => part === before.current[at]);
  if (!same) before.current = now;
  return before.current;
}

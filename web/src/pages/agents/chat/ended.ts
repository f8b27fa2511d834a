// How the last turn ended, read off its messages. Pure.
import type { ChatMessage, ChatMessagePart } from "@/api/generated/types";
import { isBoundary, isCancelled, type Row } from "@/stream/rows";

/** Calls with which a turn may end: their result is the answer. */
const LAST = new Set(["propose_plan"]);

/** Whether the last turn ended before its answer: only a whole answer says what it used. */
export function wasStopped(messages: readonly ChatMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role === "tool") return !last.content.some(ends);
  if (last?.role !== "assistant") return true;
  return !last.usage && !last.content.some(showsBoundary);
}

function ends(part: ChatMessagePart): boolean {
  if (part.type !== "tool-result" || isCancelled(part)) return false;
  return isBoundary(part.tool_name) || LAST.has(part.tool_name ?? "");
}

function showsBoundary(part: ChatMessagePart): boolean {
  return part.type === "tool-call" && isBoundary(part.tool_name);
}

/** The calls of the last turn, and how many of them failed. */
export function callsOf(rows: readonly Row[]): { calls: number; failed: number } {
  const turn = rows.slice(rows.findLastIndex((row) => row.kind === "user") + 1);
  const calls = turn.flatMap((row) => (row.kind === "tool" ? [row.call] : []));
  const failed = calls.filter((call) => call.state === "error" || call.state === "unknown");
  return { calls: calls.length, failed: failed.length };
}

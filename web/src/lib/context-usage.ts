// How full the model's context is, out of what the messages say. One derivation for the ring
// beside the composer and for the panel, so that the two never disagree.
import type { ChatMessage, TokenUsage } from "@/api/generated/types";
import { isBoundary } from "@/stream/rows";

/** What the context holds after the last step, by where its tokens came from. */
export interface ContextUsage {
  /** Tokens that the model read: fresh, written to the cache and read from it. */
  used: number;
  limit: number;
  /** 0 to 100, rounded. */
  percent: number;
  fresh: number;
  cacheWrite: number;
  cacheRead: number;
}

/** A file with instructions that was loaded into the context. */
export interface ContextFile {
  path: string;
  truncated: boolean;
}

/** Input of every kind; the total where a provider tells no more than that. */
function usedOf(usage: TokenUsage): number {
  const parts = [usage.input_tokens, usage.cache_creation_tokens, usage.cache_read_tokens];
  const known = parts.filter((one) => typeof one === "number");
  return known.length > 0 ? known.reduce((sum, one) => sum + one, 0) : (usage.total_tokens ?? 0);
}

function endsContext(message: ChatMessage): boolean {
  return message.content.some(
    (part) => part.type === "tool-result" && isBoundary(part.tool_name) && part.is_error !== true,
  );
}

/**
 * The usage after the last step, or undefined where nobody knows: before the first answer, and
 * between a summary, or a new beginning, and the answer that follows it.
 */
export function contextUsage(
  messages: readonly ChatMessage[],
  modelLimit: number | undefined,
): ContextUsage | undefined {
  const last = messages.findLast((message) => message.usage || endsContext(message));
  const usage = last?.usage;
  if (!usage || (last && endsContext(last))) return undefined;
  const limit = usage.context_limit ?? modelLimit;
  if (!limit || limit <= 0) return undefined;
  const used = usedOf(usage);
  const cacheWrite = usage.cache_creation_tokens ?? 0;
  const cacheRead = usage.cache_read_tokens ?? 0;
  return {
    used,
    limit,
    percent: Math.min(100, Math.round((used / limit) * 100)),
    fresh: Math.max(0, used - cacheWrite - cacheRead),
    cacheWrite,
    cacheRead,
  };
}

/**
 * The files that the context was begun with, those of the agent that was bound last: another
 * workspace brings its own, and the older ones count no more.
 */
export function contextFiles(messages: readonly ChatMessage[]): ContextFile[] {
  const parts = messages.flatMap((message) =>
    message.role === "user" ? message.content.filter((part) => part.type === "context-file") : [],
  );
  const agent = parts.at(-1)?.context_file_agent_id;
  const files = new Map<string, ContextFile>();
  for (const part of parts) {
    // A part without a path says only that the workspace was asked and has none.
    if (part.context_file_agent_id !== agent || part.context_file_path === "") continue;
    files.set(part.context_file_path, {
      path: part.context_file_path,
      truncated: part.context_file_truncated === true,
    });
  }
  return [...files.values()];
}

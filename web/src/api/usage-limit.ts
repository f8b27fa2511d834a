import { dollars, shortDate } from "@/lib/format";
import { ApiError } from "./client";

/** What a refusal says when a person has spent what they may. */
export interface UsageLimit {
  spentMicros: number;
  limitMicros: number;
  resetsAt: string;
}

/** Null for every other refusal. */
export function usageLimitOf(error: unknown): UsageLimit | null {
  if (!(error instanceof ApiError) || error.status !== 409) return null;
  const { spent_micros: spent, limit_micros: limit, resets_at: resets } = error.body;
  if (typeof spent !== "number" || typeof limit !== "number" || typeof resets !== "string") {
    return null;
  }
  return { spentMicros: spent, limitMicros: limit, resetsAt: resets };
}

export function usageLimitWords({ spentMicros, limitMicros, resetsAt }: UsageLimit): string {
  const spent = `Limit of ${dollars(limitMicros)} used up: ${dollars(spentMicros)} spent.`;
  return `${spent} Resets on ${shortDate(resetsAt)}.`;
}

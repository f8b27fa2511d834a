import type { CostSummary, UsageLimitStatus, UsagePeriod } from "@/api/generated/types";
import { dollars, plural } from "@/lib/format";

const PERIODS: Record<UsagePeriod, string> = { day: "day", week: "week", month: "month" };
const NOW: Record<UsagePeriod, string> = { day: "today", week: "this week", month: "this month" };

export function perPeriod(period: UsagePeriod): string {
  return `per ${PERIODS[period]}`;
}

/** "$41.20 of $100.00 this month". */
export function spentWords(status: UsageLimitStatus): string {
  const spent = dollars(status.current_spend);
  if (!status.is_limited || !status.spend_limit_micros) return `${spent} spent`;
  const when = status.period ? ` ${NOW[status.period]}` : "";
  return `${spent} of ${dollars(status.spend_limit_micros)}${when}`;
}

/** Percent of the limit, from 0 to 100. */
export function share(status: UsageLimitStatus): number {
  const limit = status.spend_limit_micros;
  if (!limit) return 0;
  return Math.min(100, Math.max(0, Math.round((status.current_spend / limit) * 100)));
}

export function isSpent(status: UsageLimitStatus): boolean {
  const limit = status.spend_limit_micros;
  return status.is_limited && Boolean(limit) && status.current_spend >= (limit ?? 0);
}

/** Calls whose cost nobody knows are said, or a sum would look complete. */
export function unpricedWords(summary: CostSummary): string | null {
  const count = summary.unpriced_message_count;
  if (count === 0) return null;
  const calls = plural(count, "call");
  return `${calls} of models without a price ${count === 1 ? "is" : "are"} not in these sums.`;
}

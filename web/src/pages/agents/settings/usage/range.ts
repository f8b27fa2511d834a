import type { Stretch } from "@/api/usage";

const DAY_MS = 24 * 60 * 60 * 1_000;

export const RANGES = [
  { id: "7d", name: "Last 7 days", days: 7 },
  { id: "30d", name: "Last 30 days", days: 30 },
  { id: "90d", name: "Last 90 days", days: 90 },
  { id: "365d", name: "Last year", days: 365 },
] as const;

/** What an address says about the days that are meant: one of the ranges, or two days. */
export interface RangeSearch {
  range?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function midnight(day: string | undefined): number {
  return day && DAY.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
}

/** Days in UTC, as periods of limits are; `to` is the last day that counts. */
export function stretchOf(search: RangeSearch, now: number): Stretch {
  const from = midnight(search.from);
  const to = midnight(search.to);
  if (from <= to) return stretch(from, to + DAY_MS);
  const days = (RANGES.find((one) => one.id === search.range) ?? RANGES[1]).days;
  // Whole days, so that the answer can be kept for a while.
  const end = Math.floor(now / DAY_MS) * DAY_MS + DAY_MS;
  return stretch(end - days * DAY_MS, end);
}

function stretch(from: number, to: number): Stretch {
  return { start_date: new Date(from).toISOString(), end_date: new Date(to).toISOString() };
}

/** The two days to show in fields of dates. */
export function daysOf({ start_date, end_date }: Stretch): { from: string; to: string } {
  const last = new Date(Date.parse(end_date) - DAY_MS).toISOString();
  return { from: start_date.slice(0, 10), to: last.slice(0, 10) };
}

import { expect, test } from "vitest";
import type { UsageLimitStatus } from "@/api/generated/types";
import { isSpent, share, spentWords } from "./words";

const status = (current_spend: number, limit?: number): UsageLimitStatus => ({
  is_limited: limit !== undefined,
  current_spend,
  ...(limit === undefined ? {} : { spend_limit_micros: limit, period: "month" as const }),
});

test("what was spent is said with its limit, or without one", () => {
  expect(spentWords(status(41_200_000, 100_000_000))).toBe("$41.20 of $100.00 this month");
  expect(spentWords(status(41_200_000))).toBe("$41.20 spent");
});

test("a limit is reached at its last micro-dollar", () => {
  expect(isSpent(status(99_999_999, 100_000_000))).toBe(false);
  expect(isSpent(status(100_000_000, 100_000_000))).toBe(true);
  expect(isSpent(status(100_000_000))).toBe(false);
  expect(share(status(41_200_000, 100_000_000))).toBe(41);
  expect(share(status(300_000_000, 100_000_000))).toBe(100);
});

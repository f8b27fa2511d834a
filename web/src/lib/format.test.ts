import { expect, test } from "vitest";
import {
  ago,
  bytes,
  dayName,
  dollars,
  duration,
  era,
  plural,
  shortPath,
  stopwatch,
  tokens,
} from "./format";

const now = new Date(2026, 10, 20, 15, 0, 0).getTime();
const back = (ms: number) => new Date(now - ms).toISOString();
const HOUR = 3_600_000;

test("times of the list", () => {
  expect(ago(back(10_000), now)).toBe("now");
  expect(ago(back(61_000), now)).toBe("1m");
  expect(ago(back(2 * HOUR), now)).toBe("2h");
  expect(ago(back(16 * HOUR), now)).toBe("23:00");
  expect(era(back(16 * HOUR), now)).toBe("Yesterday");
  expect(era(back(3 * 24 * HOUR), now)).toBe("Last week");
  expect(era(back(40 * 24 * HOUR), now)).toBe("Older");
});

test("days by their names", () => {
  const day = (year: number, month: number, date: number) =>
    dayName(new Date(year, month, date, 9).toISOString(), now);
  expect(day(2026, 10, 20)).toBe("Today");
  expect(day(2026, 10, 19)).toBe("Yesterday");
  expect(day(2026, 10, 16)).toMatch(/^Monday.*16|^Monday.*November/);
  expect(day(2025, 10, 16)).toContain("2025");
});

test("how long it took", () => {
  expect(duration(190)).toBe("0.2 s");
  expect(duration(42_900)).toBe("42 s");
  expect(duration(161_000)).toBe("2:41");
  expect(stopwatch(31_999)).toBe("0:31");
  expect(stopwatch(3_761_000)).toBe("1:02:41");
  expect(stopwatch(-5)).toBe("0:00");
});

test("tokens, money, bytes, counts", () => {
  expect([950, 9_100, 62_400, 200_000, 1_200_000].map(tokens)).toEqual([
    "950",
    "9.1k",
    "62.4k",
    "200k",
    "1.2M",
  ]);
  expect([0, 1, 380_000, 41_200_000, 1_234_560_000].map(dollars)).toEqual([
    "$0.00",
    "< $0.01",
    "$0.38",
    "$41.20",
    "$1,234.56",
  ]);
  expect(bytes(1_229)).toBe("1.2 KB");
  expect(plural(1, "file")).toBe("1 file");
  expect(plural(2, "entry", "entries")).toBe("2 entries");
});

test("paths lose their middle", () => {
  expect(shortPath("src/a.rs", 20)).toBe("src/a.rs");
  expect(shortPath("crates/invoices/src/split.rs", 20)).toBe("crates/inv…/split.rs");
  expect(shortPath("a/averyveryverylongname.rs", 10)).toHaveLength(10);
});

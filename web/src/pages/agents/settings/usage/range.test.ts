import { expect, test } from "vitest";
import { daysOf, stretchOf } from "./range";

const NOW = Date.parse("2026-03-01T15:30:00Z");

test("a range ends with today and counts whole days of UTC", () => {
  expect(stretchOf({ range: "7d" }, NOW)).toEqual({
    start_date: "2026-02-23T00:00:00.000Z",
    end_date: "2026-03-02T00:00:00.000Z",
  });
  expect(daysOf(stretchOf({}, NOW))).toEqual({ from: "2026-01-31", to: "2026-03-01" });
});

test("two days are both counted, and nonsense is the usual range", () => {
  const day = stretchOf({ from: "2026-02-28", to: "2026-02-28" }, NOW);
  expect(day.end_date).toBe("2026-03-01T00:00:00.000Z");
  const usual = stretchOf({}, NOW);
  for (const search of [
    { from: "2026-03-02", to: "2026-03-01" },
    { from: "yesterday", to: "2026-03-01" },
    { from: "2026-03-01" },
    { range: "forever" },
  ]) {
    expect(stretchOf(search, NOW)).toEqual(usual);
  }
});

import { expect, test } from "vitest";
import { allowedLives, expired, lifetimeNanos, wasUsed } from "./token-life";

test("a life is sent in nanoseconds", () => {
  expect(lifetimeNanos(7)).toBe(604_800_000_000_000);
});

test("only lives that the server allows are offered", () => {
  expect(allowedLives(lifetimeNanos(30)).map((life) => life.days)).toEqual([7, 30]);
  expect(allowedLives(lifetimeNanos(7) - 1)).toEqual([]);
});

test("a token ends at its time, and one without use says so", () => {
  const time = "2026-01-02T00:00:00Z";
  expect(expired(time, Date.parse(time))).toBe(true);
  expect(expired(time, Date.parse(time) - 1)).toBe(false);
  expect(wasUsed("1970-01-01T00:00:00Z", time)).toBe(false);
  expect(wasUsed("2026-01-03T00:00:00Z", time)).toBe(true);
});

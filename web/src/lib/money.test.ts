import { expect, test } from "vitest";
import { dollarText, microsOf } from "./money";

test("dollars become micro-dollars without a float", () => {
  const cases: [string, number | null][] = [
    ["12", 12_000_000],
    ["$0.1", 100_000],
    ["0,29", 290_000],
    ["4.123456", 4_123_456],
    ["7.", 7_000_000],
    ["999999999.999999", 999_999_999_999_999],
    ["1234567890", null],
    ["0.1234567", null],
    ["-1", null],
    ["1e3", null],
    ["", null],
  ];
  for (const [text, micros] of cases) expect(microsOf(text), text).toBe(micros);
});

test("micro-dollars are shown as they would be typed", () => {
  expect(dollarText(12_000_000)).toBe("12");
  expect(dollarText(12_500_000)).toBe("12.50");
  expect(dollarText(1)).toBe("0.000001");
  for (const micros of [1, 290_000, 4_123_456, 100_000_000]) {
    expect(microsOf(dollarText(micros))).toBe(micros);
  }
});

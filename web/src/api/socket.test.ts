import { expect, test } from "vitest";
import { reconnectPause } from "./socket";

test("the pause doubles from half a second to ten, with jitter", () => {
  expect(reconnectPause(0, 0.5)).toBe(500);
  expect(reconnectPause(1, 0.5)).toBe(1_000);
  expect(reconnectPause(20, 0.5)).toBe(10_000);
  expect(reconnectPause(20, 0)).toBe(8_000);
  expect(reconnectPause(20, 1)).toBeCloseTo(12_000);
});

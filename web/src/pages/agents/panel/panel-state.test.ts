import { expect, it } from "vitest";
import { asTab, clampWidth, WIDTH_MIN } from "./panel-state";

it("keeps the panel between 320 px and 70 % of the window", () => {
  expect(clampWidth(100, 1440)).toBe(WIDTH_MIN);
  expect(clampWidth(320, 1440)).toBe(320);
  expect(clampWidth(1008, 1440)).toBe(1008);
  expect(clampWidth(1009, 1440)).toBe(1008);
  // A window that is too small for both.
  expect(clampWidth(500, 400)).toBe(WIDTH_MIN);
});

it("knows its tabs and nothing else", () => {
  expect(asTab("terminal")).toBe("terminal");
  expect(asTab("desktop")).toBeUndefined();
  expect(asTab(undefined)).toBeUndefined();
});

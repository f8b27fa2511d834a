import { expect, test } from "vitest";
import { safeRedirect } from "./session";

test("only paths of this page are followed after signing in", () => {
  expect(safeRedirect("/agents/1?panel=git#m2")).toBe("/agents/1?panel=git#m2");
  for (const bad of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "",
    "/login",
    1,
  ]) {
    expect(safeRedirect(bad)).toBe("/agents");
  }
});

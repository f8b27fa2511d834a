// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { loadsAnew, offerReload } from "./new-build";

vi.mock("@/components/ui/toast", () => ({ say: vi.fn() }));

beforeEach(() => {
  document.body.innerHTML = "";
});

test("a newer build is loaded on the next navigation, but not over unsent text", () => {
  expect(loadsAnew()).toBe(false);
  offerReload();
  expect(loadsAnew()).toBe(true);
  const field = document.createElement("textarea");
  field.id = "composer";
  document.body.append(field);
  expect(loadsAnew()).toBe(true);
  field.value = "half a thought";
  expect(loadsAnew()).toBe(false);
});

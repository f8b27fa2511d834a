// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatMessage } from "@/api/generated/types";
import { setEdit } from "@/components/composer/references";
import { ComposerStore } from "@/components/composer/store";
import { insist } from "@/components/ui/toast";
import { loadsAnew, missingPart, offerReload } from "./new-build";

vi.mock("@/components/ui/toast", () => ({ insist: vi.fn() }));

const reload = vi.fn();

beforeEach(() => {
  document.body.innerHTML = "";
  sessionStorage.clear();
  vi.mocked(insist).mockClear();
  reload.mockClear();
  vi.stubGlobal("location", { reload });
});

afterEach(() => {
  setEdit("c", null);
  vi.unstubAllGlobals();
});

function serveBuild(id: string): void {
  document.body.innerHTML = `<script type="module" src="/assets/index-${id}.js"></script>`;
}

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

test("a missing part loads the page anew once for each build, then it is said", () => {
  serveBuild("one");
  missingPart();
  expect(reload).toHaveBeenCalledTimes(1);
  missingPart();
  missingPart();
  expect(reload).toHaveBeenCalledTimes(1);
  expect(insist).toHaveBeenCalledTimes(2);
  serveBuild("two");
  missingPart();
  expect(reload).toHaveBeenCalledTimes(2);
});

test("a missing part never costs a changed message", () => {
  serveBuild("one");
  const store = new ComposerStore(null);
  store.append("changed");
  setEdit("c", { message: {} as ChatMessage, store });
  missingPart();
  expect(reload).not.toHaveBeenCalled();
  expect(insist).toHaveBeenCalledOnce();
});

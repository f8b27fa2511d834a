// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chimeOnce } from "./chime";

/** The browser's locks: whoever asks waits for those before. */
function locks() {
  let last: Promise<unknown> = Promise.resolve();
  return {
    request: (_name: string, run: () => Promise<void>) => {
      const next = last.then(run);
      last = next;
      return next;
    },
  };
}

beforeEach(() => {
  localStorage.clear();
  Object.defineProperty(navigator, "locks", { configurable: true, value: locks() });
});
afterEach(() => vi.unstubAllGlobals());

test("two tabs that hear the same news make one sound", async () => {
  const play = vi.fn(async () => {});
  await Promise.all([chimeOnce("a 1", play), chimeOnce("a 1", play)]);
  expect(play).toHaveBeenCalledTimes(1);
});

test("two pieces of news are played one after the other", async () => {
  const order: string[] = [];
  const play = (name: string) => async () => {
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
  };
  await Promise.all([chimeOnce("a 1", play("a")), chimeOnce("b 1", play("b"))]);
  expect(order).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});

import { expect, test } from "vitest";
import type { LivePart } from "./state";
import { THINKING, Thoughts } from "./thoughts";

const thought = (text: string): LivePart[] => [{ kind: "reasoning", role: "assistant", text }];

test("a thought runs from its first word to what follows it", () => {
  const kept = new Map<string, unknown>();
  const thoughts = new Thoughts(kept);
  thoughts.see([], 0);
  thoughts.see(thought("Let"), 1_000);
  expect(kept.get(THINKING)).toBe(1_000);
  thoughts.see(thought("Let me see."), 8_000);
  expect(kept.get(THINKING)).toBe(1_000);
  thoughts.see([], 13_000);
  expect(kept.size).toBe(0);
});

test("a thought whose beginning was not seen has no time", () => {
  const kept = new Map<string, unknown>();
  const late = new Thoughts(kept);
  late.see(thought("Let"), 1_000);
  late.see(thought("Let me"), 2_000);
  late.see([], 3_000);
  late.see(thought("Long ".repeat(100)), 4_000);
  late.see([], 5_000);
  expect(kept.size).toBe(0);
});

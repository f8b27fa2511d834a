import { expect, test } from "vitest";
import { countInvisible, withoutInvisible } from "./invisible";

test("characters without a shape are counted and removed, one by one", () => {
  const text = "a\u200Bb\u202Ec\uFEFF";
  expect(countInvisible(text)).toBe(3);
  expect(withoutInvisible(text)).toBe("abc");
});

test("32 code points are invisible, as on the server", () => {
  const all = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join("");
  expect(countInvisible(all)).toBe(32);
});

test("what living scripts and flags need stays", () => {
  const text = "\u0645\u06CC\u200C\u062E \u{1F3F4}\u{E0067}\u{E0062}\u{E007F} \u{1F1F3}\u{1F1F1}";
  expect(countInvisible(text)).toBe(0);
  expect(withoutInvisible(text)).toBe(text);
});

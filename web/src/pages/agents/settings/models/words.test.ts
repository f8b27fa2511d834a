import { expect, test } from "vitest";
import { contextWord, labelOf, priceWord } from "./words";

test("names of settings become words", () => {
  expect(labelOf("reasoning_effort")).toBe("Reasoning effort");
  expect(labelOf("providerOptions")).toBe("Provider options");
});

test("sizes of contexts are short where nothing is lost", () => {
  expect([contextWord(200_000), contextWord(1_000_000), contextWord(131_072)]).toEqual([
    "200k",
    "1M",
    "131,072",
  ]);
});

test("prices keep their digits, and none is not zero", () => {
  expect(priceWord(undefined)).toEqual({ kind: "unpriced" });
  expect(
    priceWord({ input_price_per_million_tokens: "0", output_price_per_million_tokens: "0" }),
  ).toEqual({ kind: "free" });
  expect(
    priceWord({ input_price_per_million_tokens: "0.125", output_price_per_million_tokens: "10" }),
  ).toEqual({ kind: "price", text: "$0.125 / $10.00" });
});

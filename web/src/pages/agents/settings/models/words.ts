import type { ModelConfig, ModelCost } from "@/api/generated/types";
import { plain } from "@/lib/plain";

/** `reasoning_effort` as people read it. */
export function labelOf(name: string): string {
  const words = name
    .replaceAll("_", " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** 200000 → 200k. */
export function contextWord(tokens: number): string {
  if (tokens >= 1_000_000 && tokens % 100_000 === 0) return `${tokens / 1_000_000}M`;
  return tokens >= 1_000 && tokens % 100 === 0
    ? `${tokens / 1_000}k`
    : tokens.toLocaleString("en-US");
}

export type PriceWord = { kind: "unpriced" } | { kind: "free" } | { kind: "price"; text: string };

function price(value: unknown): string | undefined {
  return value === undefined || value === null || value === "" ? undefined : String(value);
}

/** At least two digits after the point, and no more than were given. */
function money(text: string): string {
  const [whole = "0", cents = ""] = text.split(".");
  return `$${whole}.${cents.padEnd(2, "0")}`;
}

export function priceWord(cost: ModelCost | null | undefined): PriceWord {
  const input = price(cost?.input_price_per_million_tokens);
  const output = price(cost?.output_price_per_million_tokens);
  if (input === undefined && output === undefined) return { kind: "unpriced" };
  if (Number(input ?? 0) === 0 && Number(output ?? 0) === 0) return { kind: "free" };
  return { kind: "price", text: `${money(input ?? "0")} / ${money(output ?? "0")}` };
}

export function nameOf(model: ModelConfig): string {
  return plain(model.display_name || model.model);
}

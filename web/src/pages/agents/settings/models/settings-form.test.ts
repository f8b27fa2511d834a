// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { ProviderSchema, SettingField } from "@/api/generated/types";
import { build, fieldsOf, pricePath, read, textsOf, wireOf } from "./settings-form";

const both = ["responses", "chat_completions"];
const field = (name: string, kind: SettingField["kind"], more: Partial<SettingField> = {}) => ({
  name,
  kind,
  help: "",
  required: false,
  wires: both,
  ...more,
});

const schema: ProviderSchema = {
  provider: "openai",
  display_name: "OpenAI",
  wires: both,
  responses_prefixes: ["gpt-5"],
  fields: [
    field("temperature", "number", { minimum: 0, maximum: 2 }),
    field("wire_api", "choice", { choices: both }),
    field("cost", "object"),
  ],
  options_key: "openai",
  options: [
    field("reasoning_effort", "choice", { choices: ["low", "high"] }),
    field("include", "choices", { wires: ["responses"], choices: ["a", "b"] }),
    field("metadata", "text_map"),
    field("prediction", "object", {
      wires: ["chat_completions"],
      fields: [field("content", "text", { wires: ["chat_completions"] })],
    }),
  ],
  rules: [],
};

test("the format follows the choice, then the name of the model", () => {
  expect(wireOf(schema, "gpt-5-mini", "")).toBe("responses");
  expect(wireOf(schema, "other", "")).toBe("chat_completions");
  expect(wireOf(schema, "gpt-5", "chat_completions")).toBe("chat_completions");
});

test("fields that the format lacks are not offered, and objects become groups", () => {
  const paths = (wire: string) => fieldsOf(schema, wire).map((one) => one.path);
  expect(paths("responses")).toContain("provider_options.openai.include");
  expect(paths("chat_completions")).toContain("provider_options.openai.prediction.content");
  expect(paths("chat_completions")).not.toContain("provider_options.openai.include");
  expect(paths("responses")).not.toContain("cost");
});

test("a stored document comes back as it was", () => {
  const stored = {
    temperature: 0.5,
    wire_api: "responses",
    cost: { input_price_per_million_tokens: "1.25" },
    provider_options: {
      openai: { reasoning_effort: "high", include: ["a"], metadata: { team: "x=y" } },
    },
  };
  const built = build(schema, "responses", textsOf(schema, stored));
  expect(built).toEqual({ document: stored, problems: {} });
});

test("what a text can’t mean is said at its path", () => {
  const { problems, document } = build(schema, "chat_completions", {
    temperature: "3",
    "provider_options.openai.metadata": "no pair",
    [pricePath("input")]: "free",
  });
  expect(Object.keys(problems).sort()).toEqual(
    [pricePath("input"), "provider_options.openai.metadata", "temperature"].sort(),
  );
  expect(document).toEqual({});
});

test("numbers are checked at their edges", () => {
  const whole = field("n", "whole", { minimum: 1, maximum: 5 });
  expect(read(whole, "5")).toEqual({ value: 5 });
  for (const wrong of ["6", "0", "1.5", "x"]) expect(read(whole, wrong)).toHaveProperty("problem");
  expect(read(field("j", "json"), "{")).toHaveProperty("problem");
});

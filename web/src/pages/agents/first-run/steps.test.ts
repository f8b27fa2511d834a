import { expect, test } from "vitest";
import type { ModelCatalogue, Provider } from "@/api/generated/types";
import { OFFERS, stepOf } from "./steps";

const provider = (source: Provider["source"], enabled = true): Provider => ({
  id: "1",
  provider: "openai",
  display_name: "OpenAI",
  enabled,
  has_api_key: true,
  source,
  created_at: "",
  updated_at: "",
});

const catalogue = (available: boolean, count: number): ModelCatalogue => ({
  providers: [
    {
      provider: "openai",
      display_name: "OpenAI",
      available,
      models: Array.from({ length: count }, (_, index) => ({
        id: String(index),
        provider: "openai",
        model: "m",
        display_name: "M",
        model_config_id: String(index),
        is_default: index === 0,
        context_limit: 1,
        compression_threshold: 70,
        reasoning_efforts: [],
      })),
    },
  ],
});

test("the set-up goes on at the first thing that is missing", () => {
  expect(stepOf([provider("supported")], catalogue(false, 0))).toBe("provider");
  expect(stepOf([provider("database", false)], catalogue(false, 0))).toBe("provider");
  expect(stepOf([provider("database")], catalogue(true, 0))).toBe("model");
  expect(stepOf([provider("env_preset")], catalogue(true, 0))).toBe("model");
  expect(stepOf([provider("database")], catalogue(true, 1))).toBe("start");
});

test("a model whose provider can’t be asked is none", () => {
  expect(stepOf([provider("supported")], catalogue(false, 1))).toBe("provider");
});

test("only a server of models is offered without a key", () => {
  expect(OFFERS.filter((one) => one.baseUrl).map((one) => one.id)).toEqual(["ollama"]);
});

import { expect, test } from "vitest";
import type { Provider } from "@/api/generated/types";
import { changed, createOf, draftOf, updateOf } from "./draft";

const stored: Provider = {
  id: "1",
  provider: "openai",
  display_name: "Work",
  enabled: true,
  has_api_key: true,
  base_url: "https://example.org/v1",
  source: "database",
  created_at: "",
  updated_at: "",
};
const supported: Provider = { ...stored, has_api_key: false, source: "supported", base_url: null };

test("nothing changes until somebody changes it, and the key is kept", () => {
  expect(changed(draftOf(stored), stored)).toEqual([]);
  expect(updateOf(draftOf(stored), stored)).toEqual({});
});

test("a field that differs is sent alone; an empty text clears it", () => {
  const draft = { ...draftOf(stored), baseUrl: "" };
  expect(updateOf(draft, stored)).toEqual({ base_url: "" });
  expect(updateOf({ ...draftOf(stored), apiKey: "" }, stored)).toEqual({ api_key: "" });
  expect(updateOf({ ...draftOf(stored), apiKey: "new" }, stored)).toEqual({ api_key: "new" });
});

test("opening the key field of a provider without a key is no change yet", () => {
  expect(changed({ ...draftOf(supported), apiKey: "" }, supported)).toEqual([]);
});

test("a new provider is sent without what was left empty", () => {
  const draft = { ...draftOf(supported), apiKey: "k", region: " " };
  expect(createOf(draft, "openai")).toEqual({ provider: "openai", enabled: true, api_key: "k" });
});

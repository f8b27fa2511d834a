// @vitest-environment jsdom
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { KeyOffer } from "@/api/generated/types";
import { draw, serve } from "@/test/serve";
import { FoundKeys, FoundLocal } from "./found";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const key = (provider: string, variable: string): KeyOffer => ({
  provider,
  display_name: provider,
  variable,
  destination: `https://api.${provider}.example`,
});
const KEYS = [key("anthropic", "ANTHROPIC_API_KEY"), key("openai", "OPENAI_API_KEY")];

test("only the keys that stay checked are used", async () => {
  const asked = serve({ "POST /chats/providers": { status: 201, body: {} } });
  draw(<FoundKeys keys={KEYS} />);
  screen.getByText("Requests would go to anthropic at https://api.anthropic.example");
  screen.getByRole("button", { name: "Use these 2 keys" });
  expect(asked).toEqual([]);
  fireEvent.click(screen.getByLabelText(/ANTHROPIC_API_KEY/));
  fireEvent.click(screen.getByRole("button", { name: "Use this key" }));
  const body = '{"provider":"openai","environment_key":true}';
  await waitFor(() => expect(asked).toEqual([`POST /chats/providers ${body}`]));
});

test("a key that its provider refuses is said so", async () => {
  const body = { message: "The provider refused the key." };
  serve({ "POST /chats/providers": { status: 400, body } });
  draw(<FoundKeys keys={KEYS.slice(0, 1)} />);
  fireEvent.click(screen.getByRole("button", { name: "Use this key" }));
  expect((await screen.findByRole("alert")).textContent).toContain("refused the key");
});

test("a local model is added with its server, which is added once", async () => {
  const asked = serve({
    "GET /chats/providers": { body: [{ provider: "openai-compat", source: "supported" }] },
    "POST /chats/providers": { status: 201, body: {} },
    "POST /chats/model-configs": { status: 201, body: {} },
  });
  const base_url = "http://127.0.0.1:11434/v1";
  draw(<FoundLocal offer={{ name: "Ollama", base_url, models: ["tiny", "small"] }} />);
  screen.getByText(/Small models are weak at using tools/);
  fireEvent.click(screen.getByRole("button", { name: "Choose models" }));
  fireEvent.click(screen.getByRole("button", { name: /Add\s*small/ }));
  await waitFor(() => expect(asked).toHaveLength(3));
  expect(asked[1]).toContain(base_url);
  expect(asked[2]).toContain('"model":"small"');
});

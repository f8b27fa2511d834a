// @vitest-environment jsdom
import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import type { Provider } from "@/api/generated/types";
import { draw } from "@/test/serve";
import { PresetProvider } from "./preset";

afterEach(cleanup);

test("what the environment sets is named and can't be changed here", () => {
  const provider: Provider = {
    id: "0",
    provider: "openai",
    display_name: "OpenAI",
    enabled: true,
    has_api_key: true,
    source: "env_preset",
    created_at: "",
    updated_at: "",
  };
  draw(<PresetProvider provider={provider} />);
  expect(screen.getByText("OPENAI_API_KEY")).toBeTruthy();
  expect(screen.getByText("Usual address")).toBeTruthy();
  expect(document.querySelector("input, button")).toBeNull();
});

import type { ModelCatalogue, Provider } from "@/api/generated/types";

export type Step = "provider" | "model" | "start";

/** Providers that can be asked. */
export function usable(providers: Provider[]): Provider[] {
  return providers.filter((one) => one.source !== "supported" && one.enabled);
}

/** Where the set-up goes on: the first thing that is missing. */
export function stepOf(providers: Provider[], catalogue: ModelCatalogue): Step {
  if (catalogue.providers.some((one) => one.available && one.models.length > 0)) return "start";
  return usable(providers).length > 0 ? "model" : "provider";
}

/** What a person is offered first, and what is asked of them for it. */
export interface Offer {
  id: string;
  provider: string;
  name: string;
  about: string;
  /** A server of models needs an address instead of a key. */
  baseUrl?: string;
}

export const OFFERS: Offer[] = [
  { id: "anthropic", provider: "anthropic", name: "Anthropic", about: "With an API key." },
  { id: "openai", provider: "openai", name: "OpenAI", about: "With an API key." },
  { id: "google", provider: "google", name: "Google", about: "With an API key." },
  { id: "openrouter", provider: "openrouter", name: "OpenRouter", about: "With an API key." },
  {
    id: "ollama",
    provider: "openai-compat",
    name: "Ollama on this machine",
    about: "Nothing leaves it. Small models are weak at using tools.",
    baseUrl: "http://127.0.0.1:11434/v1",
  },
];

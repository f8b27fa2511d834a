import type { CreateProviderRequest, Provider, UpdateProviderRequest } from "@/api/generated/types";

/** What the form holds. `apiKey` is null while the stored one is kept. */
export interface ProviderDraft {
  displayName: string;
  apiKey: string | null;
  baseUrl: string;
  region: string;
  enabled: boolean;
}

export function isStored(provider: Provider): boolean {
  return provider.source === "database";
}

export function draftOf(provider: Provider): ProviderDraft {
  const stored = isStored(provider);
  return {
    displayName: stored ? provider.display_name : "",
    apiKey: null,
    baseUrl: provider.base_url ?? "",
    region: provider.region ?? "",
    enabled: stored ? provider.enabled : true,
  };
}

/** Names of the fields that differ from what is stored. */
export function changed(draft: ProviderDraft, provider: Provider): (keyof ProviderDraft)[] {
  const before = draftOf(provider);
  const names = Object.keys(before) as (keyof ProviderDraft)[];
  return names.filter((name) => {
    if (name === "apiKey")
      return draft.apiKey !== null && (draft.apiKey !== "" || hasKey(provider));
    return draft[name] !== before[name];
  });
}

function hasKey(provider: Provider): boolean {
  return isStored(provider) && provider.has_api_key;
}

/** Absent keeps, an empty text clears. */
export function updateOf(draft: ProviderDraft, provider: Provider): UpdateProviderRequest {
  const names = new Set(changed(draft, provider));
  return {
    ...(names.has("displayName") ? { display_name: draft.displayName.trim() } : {}),
    ...(names.has("apiKey") ? { api_key: draft.apiKey ?? "" } : {}),
    ...(names.has("baseUrl") ? { base_url: draft.baseUrl.trim() } : {}),
    ...(names.has("region") ? { region: draft.region.trim() } : {}),
    ...(names.has("enabled") ? { enabled: draft.enabled } : {}),
  };
}

export function createOf(draft: ProviderDraft, provider: string): CreateProviderRequest {
  const text = (value: string) => value.trim();
  return {
    provider,
    enabled: draft.enabled,
    ...(text(draft.displayName) ? { display_name: text(draft.displayName) } : {}),
    ...(draft.apiKey ? { api_key: draft.apiKey } : {}),
    ...(text(draft.baseUrl) ? { base_url: text(draft.baseUrl) } : {}),
    ...(text(draft.region) ? { region: text(draft.region) } : {}),
  };
}

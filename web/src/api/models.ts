import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type { CatalogueModel, CatalogueProvider, ModelCatalogue } from "./generated/types";

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => api.get<ModelCatalogue>("/chats/models", undefined, signal),
  staleTime: 30_000,
});

export function useModels() {
  return useQuery(modelsQuery);
}

/** All models that may be asked now. */
export function usable(catalogue: ModelCatalogue | undefined): CatalogueModel[] {
  return (catalogue?.providers ?? [])
    .filter((provider) => provider.available)
    .flatMap((provider) => provider.models);
}

export function findModel(
  catalogue: ModelCatalogue | undefined,
  id: string | null | undefined,
): CatalogueModel | undefined {
  const all = (catalogue?.providers ?? []).flatMap((provider) => provider.models);
  return all.find((model) => model.model_config_id === id);
}

/** The chosen one while it can be used, else the default, else any. */
export function pickModel(
  catalogue: ModelCatalogue | undefined,
  chosen: string | null | undefined,
): CatalogueModel | undefined {
  const models = usable(catalogue);
  return (
    models.find((model) => model.model_config_id === chosen) ??
    models.find((model) => model.is_default) ??
    models[0]
  );
}

/** Why a provider's models can't be chosen. */
export function unavailable(provider: CatalogueProvider): string | undefined {
  if (provider.available) return undefined;
  return provider.unavailable_reason === "missing_api_key" ? "No key is set." : "Not reachable.";
}

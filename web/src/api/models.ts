import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type {
  CatalogueModel,
  CatalogueProvider,
  CompactionThresholds,
  ModelCatalogue,
} from "./generated/types";

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

/** The person's own thresholds for summaries. */
export const thresholdsQuery = queryOptions({
  queryKey: ["compaction-thresholds"],
  queryFn: ({ signal }) =>
    api.get<CompactionThresholds>("/chats/config/user-compaction-thresholds", undefined, signal),
  staleTime: 60_000,
});

export interface Threshold {
  /** 0 to 100; 100 is never. */
  percent: number;
  /** The person's, as opposed to the model's. */
  isOwn: boolean;
}

/** When a chat with this model is summarised, and who says so. */
export function thresholdOf(
  model: CatalogueModel | undefined,
  own: CompactionThresholds | undefined,
): Threshold | null {
  if (!model) return null;
  const mine = own?.thresholds.find((one) => one.model_config_id === model.model_config_id);
  return mine
    ? { percent: mine.threshold_percent, isOwn: true }
    : { percent: model.compression_threshold, isOwn: false };
}

/** The effort that a message will ask for; null is what the model is set up with. */
export function effortOf(
  model: CatalogueModel | undefined,
  chosen: string | null,
  last: string | null,
): string | null {
  const effort = chosen ?? last;
  return effort !== null && model?.reasoning_efforts.includes(effort) ? effort : null;
}

import { queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { ModelConfig, ModelConfigSchema, Provider } from "@/api/generated/types";
import { queryClient } from "@/api/query";

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: ({ signal }) => api.get<Provider[]>("/chats/providers", undefined, signal),
});

export const modelConfigsQuery = queryOptions({
  queryKey: ["model-configs"],
  queryFn: ({ signal }) => api.get<ModelConfig[]>("/chats/model-configs", undefined, signal),
});

export const schemaQuery = queryOptions({
  queryKey: ["model-schema"],
  queryFn: ({ signal }) =>
    api.get<ModelConfigSchema>("/chats/model-configs/schema", undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** After a change of providers or models: everything that shows them. */
export async function refreshModels(): Promise<void> {
  const keys = [providersQuery.queryKey, modelConfigsQuery.queryKey, ["models"]];
  await Promise.all(keys.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
}

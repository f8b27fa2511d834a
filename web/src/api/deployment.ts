import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { DeploymentConfig, DeploymentHealth, User } from "./generated/types";
import { hasRole } from "./session";

/** Whether a person may see how the server is doing. */
export function mayReadDeployment(user: User): boolean {
  return hasRole(user, "owner", "auditor");
}

export const healthQuery = queryOptions({
  queryKey: ["deployment", "health"],
  queryFn: ({ signal }) => api.get<DeploymentHealth>("/deployment/health", undefined, signal),
  staleTime: 60_000,
});

export const deploymentConfigQuery = queryOptions({
  queryKey: ["deployment", "config"],
  queryFn: ({ signal }) => api.get<DeploymentConfig>("/deployment/config", undefined, signal),
  staleTime: 60_000,
});

import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client";

const RETRIES_MAX = 3;
const PAUSE_MS_MAX = 30_000;

/** 1, 2, 4, 8 … at most 30 seconds. */
export function pause(attempt: number): number {
  return Math.min(1_000 * 2 ** attempt, PAUSE_MS_MAX);
}

/** While a query fails for a passing reason it is asked again; a banner says so meanwhile. */
export function healing(error: Error | null, failures: number): number | false {
  return error instanceof ApiError && error.transient ? pause(failures) : false;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) =>
        failures < RETRIES_MAX && error instanceof ApiError && error.transient,
      retryDelay: (attempt) => Math.min(pause(attempt), 4_000),
      refetchInterval: (query) =>
        query.state.status === "error"
          ? healing(query.state.error, query.state.errorUpdateCount)
          : false,
    },
    mutations: { retry: false },
  },
});

import { type QueryCache, QueryClient } from "@tanstack/react-query";
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

/**
 * What could not be loaded stays said while it is asked for again: without this the reason would
 * give way to a skeleton for some seconds at every attempt.
 */
export function keepReasons(cache: QueryCache): () => void {
  const reasons = new WeakMap<object, Error>();
  return cache.subscribe((event) => {
    if (event.type !== "updated") return;
    const { query, action } = event;
    if (action.type === "error" && query.state.error) reasons.set(query, query.state.error);
    if (action.type === "success") reasons.delete(query);
    const error = reasons.get(query);
    if (action.type === "fetch" && error && query.state.data === undefined) {
      query.setState({ status: "error", error });
    }
  });
}

keepReasons(queryClient.getQueryCache());

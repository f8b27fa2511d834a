import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type {
  ChatCost,
  CostSummary,
  CostUsersPage,
  UsageLimitStatus,
  UsageLimits,
} from "./generated/types";

/** From and, exclusively, to: RFC 3339. */
export interface Stretch {
  start_date: string;
  end_date: string;
}

export const USERS_PAGE = 25;

/** How far one has come oneself. */
export const usageStatusQuery = queryOptions({
  queryKey: ["usage", "status"],
  queryFn: ({ signal }) =>
    api.get<UsageLimitStatus>("/chats/usage-limits/status", undefined, signal),
  staleTime: 30_000,
  refetchInterval: 60_000,
});

export const usageLimitsQuery = queryOptions({
  queryKey: ["usage", "limits"],
  queryFn: ({ signal }) => api.get<UsageLimits>("/chats/usage-limits", undefined, signal),
});

/** `user` is an id, or `me`. */
export const costSummaryQuery = (user: string, { start_date, end_date }: Stretch) =>
  queryOptions({
    queryKey: ["usage", "summary", user, start_date, end_date],
    queryFn: ({ signal }) =>
      api.get<CostSummary>(`/chats/cost/${user}/summary`, { start_date, end_date }, signal),
    placeholderData: keepPreviousData,
  });

/** What a chat and its subagents have cost; asked again as soon as it has used more. */
export const chatCostQuery = (id: string, answers: number) =>
  queryOptions({
    queryKey: ["usage", "chat", id, answers],
    queryFn: ({ signal }) => api.get<ChatCost>(`/chats/${id}/cost`, undefined, signal),
    placeholderData: (before) => (before?.chat_id === id ? before : undefined),
  });

export const costUsersQuery = (username: string, page: number, stretch: Stretch) =>
  queryOptions({
    queryKey: ["usage", "users", username, page, stretch.start_date, stretch.end_date],
    queryFn: ({ signal }) =>
      api.get<CostUsersPage>(
        "/chats/cost/users",
        {
          username,
          start_date: stretch.start_date,
          end_date: stretch.end_date,
          limit: USERS_PAGE,
          offset: page * USERS_PAGE,
        },
        signal,
      ),
    placeholderData: keepPreviousData,
  });

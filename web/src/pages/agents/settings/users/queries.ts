import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { AssignableRole, Invite, UsersPage } from "@/api/generated/types";
import { queryClient } from "@/api/query";

export const PAGE_SIZE = 25;

export const usersQuery = (q: string, page: number) =>
  queryOptions({
    queryKey: ["users", q, page],
    queryFn: ({ signal }) =>
      api.get<UsersPage>("/users", { q, limit: PAGE_SIZE, offset: page * PAGE_SIZE }, signal),
    placeholderData: keepPreviousData,
  });

export const rolesQuery = queryOptions({
  queryKey: ["roles"],
  queryFn: ({ signal }) => api.get<AssignableRole[]>("/users/roles", undefined, signal),
});

export const invitesQuery = queryOptions({
  queryKey: ["invites"],
  queryFn: ({ signal }) => api.get<Invite[]>("/users/invites", undefined, signal),
});

export async function refreshInvites(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ["invites"] });
}

export async function refreshUsers(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["users"] }),
    queryClient.invalidateQueries({ queryKey: ["user"] }),
  ]);
}

import { queryOptions, useQuery } from "@tanstack/react-query";
import { dropOwned, setOwner } from "@/lib/owner";
import { api, request } from "./client";
import type { AcceptInviteRequest, LoginResponse, User } from "./generated/types";
import { queryClient } from "./query";

/** Where the server says who is signed in. */
export const ME = "/users/me";

/** The signed-in person. Its cache is the one place that says who is signed in. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => {
    const user = await api.get<User>(ME, undefined, signal);
    if (!setOwner(user.id)) return user;
    // Somebody else has signed in here: this page still holds what the one before them saw.
    location.reload();
    return new Promise<never>(() => {});
  },
  staleTime: 60_000,
});

/** The signed-in person; only for components below the signed-in layout. */
export function useMe(): User {
  const { data } = useQuery(meQuery);
  if (!data) throw new Error("used outside of the signed-in layout");
  return data;
}

export function hasRole(user: User, ...names: string[]): boolean {
  return user.roles.some((role) => names.includes(role.name));
}

/** Whether the person may change providers, models and limits. */
export function isAdmin(user: User): boolean {
  return hasRole(user, "owner");
}

export function signIn(email: string, password: string): Promise<LoginResponse> {
  const body = { email, password };
  return request("POST", "/users/login", { body, anonymous: true });
}

export function signInByLink(secret: string): Promise<LoginResponse> {
  return request("POST", "/users/login-link", { body: { secret }, anonymous: true });
}

/** Makes an account by an invitation, and signs in. */
export function acceptInvite(body: AcceptInviteRequest): Promise<LoginResponse> {
  return request("POST", "/users/invites/accept", { body, anonymous: true });
}

export async function signOut(): Promise<void> {
  await api.post("/users/logout");
  dropOwned();
  queryClient.clear();
}

/** Where to go after signing in: a path of this page, never another site. */
export function safeRedirect(target: unknown): string {
  if (typeof target !== "string") return "/agents";
  // A browser reads "//host" and "/\host" as another site.
  return /^\/(?![/\\])/.test(target) && !target.startsWith("/login") ? target : "/agents";
}

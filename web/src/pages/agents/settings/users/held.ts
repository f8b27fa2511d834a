import type { User } from "@/api/generated/types";

/** The roles of the whole server; everybody is a member anyway. */
export function held(user: User): string[] {
  return user.roles
    .filter((role) => !role.organization_id && role.name !== "member")
    .map((role) => role.name);
}

/** How many roles one list has and the other has not. */
export function differs(one: string[], other: string[]): number {
  const all = new Set([...one, ...other]);
  return [...all].filter((role) => one.includes(role) !== other.includes(role)).length;
}

import type { User } from "@/api/generated/types";
import { isAdmin } from "@/api/session";

export interface NavEntry {
  to: string;
  name: string;
}

export interface NavGroup {
  name: string;
  entries: NavEntry[];
}

/** The pages that a person may open. */
export function navigation(user: User): NavGroup[] {
  const mine = {
    name: "Mine",
    entries: [{ to: "/agents/settings/appearance", name: "Appearance" }],
  };
  const server: NavGroup = { name: "Server", entries: [] };
  const groups = isAdmin(user) ? [mine, server] : [mine];
  return groups.filter((group) => group.entries.length > 0);
}

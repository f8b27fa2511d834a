import { mayReadDeployment } from "@/api/deployment";
import type { User } from "@/api/generated/types";
import { hasRole, isAdmin } from "@/api/session";

export interface NavEntry {
  to: string;
  name: string;
}

export interface NavGroup {
  name: string;
  entries: NavEntry[];
}

const page = (path: string, name: string): NavEntry => ({ to: `/agents/settings/${path}`, name });

const MINE = [
  page("behavior", "Behavior"),
  page("appearance", "Appearance"),
  page("notifications", "Notifications"),
  page("account", "Account"),
  page("security", "Security"),
  page("tokens", "API tokens"),
  { to: "/agents/analytics", name: "Your usage" },
];
const SERVER = [
  page("providers", "Providers"),
  page("models", "Models"),
  page("system-prompt", "System prompt"),
  page("limits", "Limits"),
];
const USAGE = page("usage", "Usage");
const HEALTH = page("deployment", "Deployment");
const PEOPLE = [page("users", "Users"), page("groups", "Groups")];

/** The pages that a person may open. */
export function navigation(user: User): NavGroup[] {
  const groups = [
    { name: "Mine", entries: MINE },
    {
      name: "Server",
      entries: [
        ...(isAdmin(user) ? SERVER : []),
        ...(mayReadDeployment(user) ? [USAGE, HEALTH] : []),
      ],
    },
    { name: "People", entries: hasRole(user, "owner", "user-admin") ? PEOPLE : [] },
  ];
  return groups.filter((group) => group.entries.length > 0);
}

/** The first page of each area that not everybody may open, for menus. */
export function administration(user: User): NavEntry[] {
  const areas = navigation(user).filter((group) => group.name !== "Mine");
  return areas.flatMap((group) => {
    const [first] = group.entries;
    return first ? [{ to: first.to, name: group.name }] : [];
  });
}

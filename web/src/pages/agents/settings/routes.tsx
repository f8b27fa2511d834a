import { createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { signedInRoute } from "@/base-routes";
import { SettingsLayout } from "./layout";
import type { RangeSearch } from "./usage/range";

const layout = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/agents/settings",
  component: SettingsLayout,
});

const index = createRoute({
  getParentRoute: () => layout,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/agents/settings/behavior" });
  },
});

const behavior = createRoute({
  getParentRoute: () => layout,
  path: "behavior",
  component: lazyRouteComponent(() => import("./behavior"), "BehaviorPage"),
});

const appearance = createRoute({
  getParentRoute: () => layout,
  path: "appearance",
  component: lazyRouteComponent(() => import("./appearance"), "AppearancePage"),
});

const tokens = createRoute({
  getParentRoute: () => layout,
  path: "tokens",
  component: lazyRouteComponent(() => import("./tokens"), "TokensPage"),
});

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

const providers = createRoute({
  getParentRoute: () => layout,
  path: "providers",
  component: lazyRouteComponent(() => import("./providers/page"), "ProvidersPage"),
  validateSearch: (search): { provider?: string | undefined } => ({
    provider: text(search.provider),
  }),
});

const models = createRoute({
  getParentRoute: () => layout,
  path: "models",
  component: lazyRouteComponent(() => import("./models/page"), "ModelsPage"),
  validateSearch: (search): { model?: string | undefined } => ({ model: text(search.model) }),
});

const systemPrompt = createRoute({
  getParentRoute: () => layout,
  path: "system-prompt",
  component: lazyRouteComponent(() => import("./system-prompt"), "SystemPromptPage"),
});

const users = createRoute({
  getParentRoute: () => layout,
  path: "users",
  component: lazyRouteComponent(() => import("./users/page"), "UsersPage"),
  validateSearch: (search): { user?: string | undefined } => ({ user: text(search.user) }),
});

const groups = createRoute({
  getParentRoute: () => layout,
  path: "groups",
  component: lazyRouteComponent(() => import("./groups/page"), "GroupsPage"),
  validateSearch: (search): { group?: string | undefined } => ({ group: text(search.group) }),
});

const notifications = createRoute({
  getParentRoute: () => layout,
  path: "notifications",
  component: lazyRouteComponent(() => import("./notifications"), "NotificationsPage"),
});

const account = createRoute({
  getParentRoute: () => layout,
  path: "account",
  component: lazyRouteComponent(() => import("./account"), "AccountPage"),
});

const security = createRoute({
  getParentRoute: () => layout,
  path: "security",
  component: lazyRouteComponent(() => import("./security/page"), "SecurityPage"),
});

const limits = createRoute({
  getParentRoute: () => layout,
  path: "limits",
  component: lazyRouteComponent(() => import("./limits/page"), "LimitsPage"),
});

const days = (search: Record<string, unknown>): RangeSearch => ({
  range: text(search.range),
  from: text(search.from),
  to: text(search.to),
});

const usage = createRoute({
  getParentRoute: () => layout,
  path: "usage",
  component: lazyRouteComponent(() => import("./usage/page"), "UsagePage"),
  validateSearch: (search): RangeSearch & { user?: string | undefined } => ({
    ...days(search),
    user: text(search.user),
  }),
});

/** At an address of its own, which links and clients know. */
const analytics = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/agents/analytics",
  component: SettingsLayout,
  validateSearch: days,
});

const ownUsage = createRoute({
  getParentRoute: () => analytics,
  path: "/",
  component: lazyRouteComponent(() => import("../analytics/page"), "AnalyticsPage"),
});

export const analyticsRoutes = analytics.addChildren([ownUsage]);

const deployment = createRoute({
  getParentRoute: () => layout,
  path: "deployment",
  component: lazyRouteComponent(() => import("./deployment/page"), "DeploymentPage"),
});

/** One line per page; its entry in the navigation is in `nav.ts`. */
export const settingsRoutes = layout.addChildren([
  index,
  behavior,
  appearance,
  notifications,
  account,
  security,
  tokens,
  providers,
  models,
  systemPrompt,
  users,
  groups,
  limits,
  usage,
  deployment,
]);

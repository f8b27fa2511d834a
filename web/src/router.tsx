import { createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { rootRoute, signedInRoute } from "./base-routes";
import { AgentsLayout } from "./pages/agents/layout";
import { analyticsRoutes, settingsRoutes } from "./pages/agents/settings/routes";
import { LoginPage } from "./pages/auth/login";
import { BrokenPage } from "./pages/broken";

const text = (value: unknown) => (typeof value === "string" ? value : undefined);

const login = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  component: LoginPage,
  validateSearch: (search): { redirect?: string | undefined } => ({
    redirect: text(search.redirect),
  }),
});

const loginLink = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login/link",
  component: LoginPage,
});

const invite = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invite",
  component: lazyRouteComponent(() => import("./pages/auth/invite"), "InvitePage"),
});

const setup = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("./pages/auth/setup"), "SetupPage"),
});

const home = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/agents" });
  },
});

/** Short addresses of pages that live among the settings. */
const SHORT: Record<string, string> = {
  "/deployment": "deployment",
  "/users": "users",
  "/groups": "groups",
  "/settings": "behavior",
  "/settings/account": "account",
  "/settings/appearance": "appearance",
  "/settings/security": "security",
  "/settings/tokens": "tokens",
  "/settings/notifications": "notifications",
};

const short = Object.entries(SHORT).map(([path, page]) =>
  createRoute({
    getParentRoute: () => rootRoute,
    path,
    beforeLoad: () => {
      throw redirect({ href: `/agents/settings/${page}`, replace: true });
    },
  }),
);

const agents = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/agents",
  component: AgentsLayout,
});

const newChat = createRoute({
  getParentRoute: () => agents,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/agents/new/page"), "NewChatPage"),
  validateSearch: (search): { prompt?: string | undefined } => ({ prompt: text(search.prompt) }),
});

const firstRun = createRoute({
  getParentRoute: () => agents,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./pages/agents/first-run/page"), "FirstRunPage"),
});

export const chatRoute = createRoute({
  getParentRoute: () => agents,
  path: "/$id",
  component: lazyRouteComponent(() => import("./pages/agents/chat/page"), "ChatPage"),
  validateSearch: (search): { panel?: string | undefined } => ({ panel: text(search.panel) }),
});

const tree = rootRoute.addChildren([
  home,
  ...short,
  login,
  loginLink,
  invite,
  setup,
  signedInRoute.addChildren([
    agents.addChildren([newChat, firstRun, chatRoute]),
    settingsRoutes,
    analyticsRoutes,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultErrorComponent: BrokenPage,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import {
  audit,
  openBrowser,
  openTab,
  Server,
  shoot,
  signIn,
  type Tab,
  type Theme,
  type Width,
} from "./harness";

let server: Server;
let browser: Browser;
let cookies: Awaited<ReturnType<Tab["context"]["cookies"]>> = [];

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), openBrowser()]);
  const tab = await openTab(browser, server);
  await signIn(tab, server);
  cookies = await tab.context.cookies();
  await tab.close();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const PAGES = [
  { path: "behavior", heading: "Behavior" },
  { path: "appearance", heading: "Appearance" },
  { path: "notifications", heading: "Notifications" },
  { path: "account", heading: "Account" },
  { path: "security", heading: "Security" },
  { path: "tokens", heading: "API tokens" },
  { path: "providers?provider=openai-compat", heading: "Providers" },
  { path: "models", heading: "Models" },
  { path: "system-prompt", heading: "System prompt" },
  { path: "models?model=new", heading: "Models" },
  { path: "limits", heading: "Limits" },
  { path: "usage", heading: "Usage" },
  { path: "deployment", heading: "Deployment" },
  { path: "users", heading: "Users" },
  { path: "users?user=admin", heading: "Users" },
];

const COMBINATIONS = (["desk", "phone"] satisfies Width[]).flatMap((width) =>
  (["light", "dark"] satisfies Theme[]).map((theme) => [width, theme] as const),
);

test.each(COMBINATIONS)("pages open by their address: %s %s", async (...[width, theme]) => {
  const tab = await openTab(browser, server, { width, theme });
  await tab.context.addCookies(cookies);
  for (const { path, heading } of PAGES) {
    await tab.page.goto(`/agents/settings/${path}`);
    await tab.page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await tab.page.waitForFunction(() => document.querySelector(".loading") === null);
    await shoot(tab, `settings-${path.replace(/\W+/g, "-")}-${width}-${theme}`);
    await audit(tab);
  }
  // Reports what the shots and audits found.
  await tab.close();
});

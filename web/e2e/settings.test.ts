import axe from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
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
let cookies: Awaited<ReturnType<Tab["context"]["cookies"]>>;

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

/** The worst of what axe finds. */
async function violations(tab: Tab): Promise<string[]> {
  // The policy of the page refuses inline scripts; the tab's own world does not.
  await tab.page.evaluate(axe.source);
  const found = await tab.page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ["violations"],
    }),
  );
  return found.violations
    .filter((one) => one.impact === "serious" || one.impact === "critical")
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`);
}

const PAGES = [
  { path: "behavior", heading: "Behavior" },
  { path: "appearance", heading: "Appearance" },
  { path: "tokens", heading: "API tokens" },
  { path: "providers?provider=openai-compat", heading: "Providers" },
  { path: "models", heading: "Models" },
  { path: "system-prompt", heading: "System prompt" },
  { path: "models?model=new", heading: "Models" },
];

const COMBINATIONS = (["desk", "phone"] satisfies Width[]).flatMap((width) =>
  (["light", "dark"] satisfies Theme[]).map((theme) => [width, theme] as const),
);

test.each(COMBINATIONS)(
  "pages open by their address and axe finds nothing: %s %s",
  async (...[width, theme]) => {
    const tab = await openTab(browser, server, { width, theme });
    await tab.context.addCookies(cookies);
    for (const { path, heading } of PAGES) {
      await tab.page.goto(`/agents/settings/${path}`);
      await tab.page.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await tab.page.waitForLoadState("networkidle");
      await shoot(tab, `settings-${path.replace(/\W+/g, "-")}-${width}-${theme}`);
      expect(await violations(tab), path).toEqual([]);
    }
    await tab.close();
  },
);

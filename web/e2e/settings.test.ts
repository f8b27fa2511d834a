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

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), openBrowser()]);
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
];

test("every page opens by its address, in both themes and widths, and axe finds nothing", async () => {
  let cookies: Awaited<ReturnType<Tab["context"]["cookies"]>> | undefined;
  for (const width of ["desk", "phone"] satisfies Width[]) {
    for (const theme of ["light", "dark"] satisfies Theme[]) {
      const tab = await openTab(browser, server, { width, theme });
      if (cookies) await tab.context.addCookies(cookies);
      else {
        await signIn(tab, server);
        cookies = await tab.context.cookies();
      }
      for (const { path, heading } of PAGES) {
        await tab.page.goto(`/agents/settings/${path}`);
        await tab.page.getByRole("heading", { name: heading, level: 1 }).waitFor();
        await tab.page.waitForLoadState("networkidle");
        await shoot(tab, `settings-${path}-${width}-${theme}`);
        expect(await violations(tab), `${path} ${width} ${theme}`).toEqual([]);
      }
      await tab.close();
    }
  }
});

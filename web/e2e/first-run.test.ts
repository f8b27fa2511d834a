import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  audit,
  openBrowser,
  openTab,
  Server,
  shoot,
  signIn,
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

test("from the login link to the finished diff, without a terminal", async () => {
  const tab = await openTab(browser, server);
  const link = server.loginUrl;
  await signIn(tab, server);
  expect(tab.page.url()).not.toContain("secret");
  await tab.page.getByRole("heading", { name: "What should be done?" }).waitFor();
  await audit(tab);
  await tab.page.locator("[data-chat]").first().click();
  // The agent's own edit, as a diff, while or after it works.
  const diff = tab.page.getByRole("region", { name: /Changes in .*stats\.sh/ }).first();
  await diff.getByText('if [ "$count" -eq 0 ]; then').waitFor();
  await tab.page.getByText("Finished.", { exact: true }).waitFor();
  await tab.page.getByText("answers 0 for an empty list").waitFor();
  await audit(tab);
  await tab.close();

  const stranger = await openTab(browser, server, { expected: /401/ });
  await stranger.page.goto(link);
  await stranger.page.getByRole("alert").waitFor();
  await stranger.page.getByLabel("Password").waitFor();
  await audit(stranger);
  await shoot(stranger, "login-used-link-desk-light");
  await stranger.close();
});

const LOOKS: [Width, Theme][] = [
  ["desk", "light"],
  ["desk", "dark"],
  ["phone", "light"],
  ["phone", "dark"],
];

test.each(LOOKS)("the finished chat on a %s, %s", async (width, theme) => {
  await server.renewLink();
  const tab = await openTab(browser, server, { width, theme });
  await signIn(tab, server);
  await shoot(tab, `new-chat-${width}-${theme}`);
  if (width === "phone") {
    await tab.page.getByRole("button", { name: "Show chats" }).first().click();
    await tab.page.locator("[data-chat]").first().waitFor();
    await shoot(tab, `list-${width}-${theme}`);
  }
  await tab.page.locator("[data-chat]").first().click();
  await tab.page.getByText("answers 0 for an empty list").waitFor();
  await shoot(tab, `chat-${width}-${theme}`);
  await audit(tab);
  await tab.page.getByRole("button", { name: "Show panel" }).click();
  await tab.page.getByRole("complementary", { name: "Panel" }).waitFor();
  await shoot(tab, `changes-${width}-${theme}`);
  await audit(tab);
  await tab.close();
});

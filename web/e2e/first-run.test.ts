import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, openTab, Server, shoot, signIn } from "./harness";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), openBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("the login link signs in once, and a used one says so", async () => {
  const tab = await openTab(browser, server);
  const link = server.loginUrl;
  await signIn(tab, server);
  await tab.page.getByRole("heading", { name: "What should be done?" }).waitFor();
  expect(tab.page.url()).not.toContain("secret");
  await shoot(tab, "new-chat-desk-light");
  await tab.close();

  const stranger = await openTab(browser, server, { expected: /401/ });
  await stranger.page.goto(link);
  await stranger.page.getByRole("alert").waitFor();
  await stranger.page.getByLabel("Password").waitFor();
  await shoot(stranger, "login-used-link-desk-light");
  await stranger.close();
});

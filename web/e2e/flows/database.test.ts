// The database fails in the middle of a session: nobody is signed out, and the page recovers by
// itself. Only a real 401 signs out, and leads back to where the person was.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, openTab, Server, signIn, type Tab } from "../harness";
import { Client } from "../kit/client";
import { Postgres } from "../kit/postgres";
import { Relay } from "../kit/relay";

let database: Postgres;
let relay: Relay;
let server: Server;
let browser: Browser;
let tab: Tab;

// What is not installed here is skipped; `cargo xtask test` installs it.
const there = Postgres.isInstalled ? test : test.skip;

beforeAll(async () => {
  if (!Postgres.isInstalled) return;
  database = await Postgres.start();
  relay = await Relay.start(() => database.port);
  const url = `postgres://muster@127.0.0.1:${relay.port}/muster`;
  [server, browser] = await Promise.all([
    Server.start(["--demo"], "127.0.0.1:0", { MUSTER_DATABASE_URL: url }),
    openBrowser(),
  ]);
  tab = await openTab(browser, server, { expected: /WebSocket|Failed to load resource|ERR_/ });
  await signIn(tab, server);
});

afterAll(async () => {
  await tab?.close();
  await browser?.close();
  await server?.stop();
  relay?.stop();
  await database?.stop();
});

there("a failing database is said, signs nobody out, and heals without a hand", async () => {
  const { page } = tab;
  const client = await Client.of(tab, server);
  const demo = await client.demo();
  await page.goto("/agents");
  await page.locator("[data-chat]").first().waitFor();

  relay.down = true;
  relay.cut();
  await page.locator("[data-chat]").first().click();
  await page
    .getByText(/could not be loaded/)
    .first()
    .waitFor();
  expect(page.url()).toContain("/agents/");
  // A fresh page asks who is there first, and must not take "don't know" for "nobody".
  await page.goto("/agents/settings/tokens");
  await page.getByText("The server is in trouble").waitFor();
  expect(page.url()).not.toContain("/login");

  relay.down = false;
  await page.getByRole("heading", { name: "API tokens" }).waitFor();
  await page.goto(`/agents/${demo.id}`);
  await page.getByText("answers 0 for an empty list").waitFor();
});

there("a chat that is open when the database fails goes on when it is back", async () => {
  const { page } = tab;
  await page.getByText("answers 0 for an empty list").waitFor();
  relay.down = true;
  relay.cut();
  const field = page.getByRole("textbox", { name: "Message" });
  await field.fill("Are you still there?");
  await field.press("Enter");
  await page.getByText("Not sent.").waitFor();
  expect(await page.getByRole("log").textContent()).toContain("answers 0 for an empty list");

  relay.down = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("Not sent.").waitFor({ state: "detached" });
  await page.getByRole("log").getByText("Are you still there?").waitFor();
  await page.locator(".status").getByText("Finished.").waitFor();
  expect(page.url()).not.toContain("/login");
});

there("a session that was ended elsewhere leads to the sign-in page and back", async () => {
  const { page } = tab;
  await page.goto("/agents/settings/appearance");
  await page.getByRole("heading", { name: "Appearance" }).waitFor();
  const client = await Client.of(tab, server);
  await client.post("/users/logout");
  await page.getByRole("link", { name: "API tokens" }).click();
  await page.waitForURL(/\/login\?redirect=/);
  const target = new URL(page.url()).searchParams.get("redirect");
  expect(target).toBe("/agents/settings/tokens");
  await page.getByLabel("Password").waitFor();
});

// An answer that never pauses: it shows at once, and whoever scrolls up stays there.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Model, openBrowser, openTab, Server, signIn, type Tab } from "../harness";
import { Client } from "../kit/client";

const WORDS = Array.from({ length: 6_000 }, (_, at) =>
  at % 40 === 39 ? `w${at}\\n\\n` : `w${at}`,
);
const SCRIPT = `
name = "quick"
seed = 5
pace = { first_ms = 0, gap_ms = 5, words = true }

[[on]]
else = true
reply.text = "${WORDS.join(" ")}"
`;

let server: Server;
let model: Model;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  [server, model, browser] = await Promise.all([
    Server.start([]),
    Model.start(SCRIPT),
    openBrowser(),
  ]);
  tab = await openTab(browser, server);
  await signIn(tab, server);
  await model.configure(tab, "quick");
});

afterAll(async () => {
  await tab?.close();
  await browser?.close();
  await Promise.all([server?.stop(), model?.stop()]);
});

test("a chat that is opened while words pour in shows them", async () => {
  const { page } = tab;
  const client = await Client.of(tab, server);
  const chat = await client.begin("Write much");
  await page.goto(`/agents/${chat.id}`);
  const prose = page.locator(".prose.live");
  await prose.waitFor({ timeout: 10_000 });

  const log = page.getByRole("log");
  const left = () => log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
  const length = () => prose.evaluate((one) => one.textContent?.length ?? 0);
  await expect.poll(length, { timeout: 60_000 }).toBeGreaterThan(8_000);
  await log.hover();
  await page.mouse.wheel(0, -400);
  await expect.poll(left).toBeGreaterThan(200);
  const [behind, read] = [await left(), await length()];
  await expect.poll(length, { timeout: 60_000 }).toBeGreaterThan(read + 1_000);
  expect(await left()).toBeGreaterThan(behind);
});

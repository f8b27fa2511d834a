// The network is cut at random again and again while an agent works: nobody sees a trace of it.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Model, openBrowser, openTab, Server, signIn, type Tab } from "../harness";
import { Client } from "../kit/client";
import { freePort, Relay, random } from "../kit/relay";

const CUTS = Number(process.env.MUSTER_E2E_CUTS ?? 25);
const SEED = Number(process.env.MUSTER_E2E_SEED ?? Date.now() % 100_000);
/** So high that no row is left out of the page. */
const WHOLE = { width: 1200, height: 9_000 };

const words = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => `w${from + at}`).join(" ");

const STEPS = Math.max(3, Math.ceil(CUTS / 8));
const WORDS = 60;
const step = (number: number) => `
[[on]]
step = ${number}
user = "count"
reply.reasoning = "Thought ${number} of many. It has two sentences."
reply.text = "${words(number * WORDS, WORDS)}"
reply.call = [{ tool = "execute", args = { command = "for i in 1 2 3; do echo line ${number}.$i; sleep 0.2; done" } }]
`;

const SCRIPT = `
name = "cuts"
seed = 5
pace = { first_ms = 50, gap_ms = 45, chunk_chars = 5 }
${Array.from({ length: STEPS }, (_, at) => step(at + 1)).join("")}
[[on]]
else = true
reply.text = "${words(9_000, WORDS)} The end."
`;

let server: Server;
let model: Model;
let browser: Browser;
let relay: Relay;
let first: Tab;

/** What the cuts bring about. */
const expected = /WebSocket|ERR_|Failed to load resource/;

beforeAll(async () => {
  const port = await freePort();
  relay = await Relay.start(() => port);
  [server, model, browser] = await Promise.all([
    Server.start(["--demo", "--access-url", `http://127.0.0.1:${relay.port}`], `127.0.0.1:${port}`),
    Model.start(SCRIPT),
    openBrowser(),
  ]);
  first = await openTab(browser, server, { expected });
  await signIn(first, server);
  await model.configure(first, "cuts", {
    provider: "anthropic",
    model: "atlas",
    display_name: "Atlas",
  });
});

afterAll(async () => {
  await first?.close();
  await browser?.close();
  await Promise.all([server?.stop(), model?.stop()]);
  relay?.stop();
});

/** Everything that the conversation shows, without what depends on when one looks. */
async function transcript({ page }: Tab): Promise<string> {
  const text = await page.getByRole("log").textContent();
  return (text ?? "").replace(/\s+/g, " ").trim();
}

test(`${CUTS} cuts at random leave no trace, in two tabs`, async () => {
  console.log(`seed ${SEED} (MUSTER_E2E_SEED), ${CUTS} cuts (MUSTER_E2E_CUTS)`);
  const chance = random(SEED);
  const client = await Client.of(first, server);
  const second = await openTab(browser, server, { expected });
  await second.context.addCookies(await first.context.cookies());
  const chat = await client.begin("Please count.", { workspace: true });
  const tabs = [first, second];
  for (const tab of tabs) {
    await tab.page.setViewportSize(WHOLE);
    await tab.page.goto(`/agents/${chat.id}`);
    await tab.page.getByText("w60").waitFor();
  }

  let cuts = 0;
  while (cuts < CUTS) {
    const running = (await client.get<{ status: string }>(`/chats/${chat.id}`)).status;
    expect(running, `after ${cuts} cuts`).toBe("running");
    await first.page.waitForTimeout(100 + chance() * 500);
    if (relay.open === 0) continue;
    // Sometimes everything, sometimes one of the tabs, sometimes a moment without any network.
    relay.down = chance() < 0.2;
    relay.cut(() => chance() < 0.7);
    cuts += 1;
    if (relay.down) await first.page.waitForTimeout(chance() * 400);
    relay.down = false;
    // Browsers say when the network is back; sometimes they don't know that it was away.
    for (const { page } of tabs.filter(() => chance() < 0.6)) {
      await page.evaluate(() => window.dispatchEvent(new Event("online")));
    }
  }

  await client.settled(chat.id);
  for (const { page } of tabs) {
    await page.getByText("The end.").waitFor();
    await page.locator(".status").getByText("Finished.").waitFor();
  }
  const uncut = await openTab(browser, server);
  await uncut.context.addCookies(await first.context.cookies());
  await uncut.page.setViewportSize(WHOLE);
  await uncut.page.goto(`/agents/${chat.id}`);
  await uncut.page.getByText("The end.").waitFor();
  const wanted = await transcript(uncut);
  for (let at = 1; at <= STEPS; at += 1) {
    const word = `w${at * WORDS + WORDS / 2}`;
    expect(wanted.split(` ${word} `).length, word).toBe(2);
  }
  for (const tab of tabs) {
    await expect.poll(() => transcript(tab), { timeout: 10_000 }).toBe(wanted);
  }
  await second.close();
  await uncut.close();
}, 600_000);

// Two pages on one chat, and pages that are loaded anew in the middle.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Model, openBrowser, openTab, Server, signIn, type Tab } from "../harness";
import { Client } from "../kit/client";

const STORY = Array.from({ length: 120 }, (_, at) => `s${at}`).join(" ");
const SCRIPT = `
name = "tabs"
seed = 3
pace = { first_ms = 20, gap_ms = 30, chunk_chars = 6 }

[[on]]
user = "story"
reply.text = "${STORY} The end of it."

[[on]]
else = true
reply.text = "Another answer altogether."
`;

let server: Server;
let model: Model;
let browser: Browser;
let [first, second]: Tab[] = [];

beforeAll(async () => {
  [server, model, browser] = await Promise.all([
    Server.start([]),
    Model.start(SCRIPT),
    openBrowser(),
  ]);
  first = await openTab(browser, server);
  await signIn(first, server);
  await model.configure(first, "tabs");
  second = await openTab(browser, server, { width: "phone", theme: "dark" });
  await second.context.addCookies(await first.context.cookies());
});

afterAll(async () => {
  await first?.close();
  await second?.close();
  await browser?.close();
  await Promise.all([server?.stop(), model?.stop()]);
});

/** Both tabs on a chat that has begun to answer. */
async function both(words: string): Promise<[Tab, Tab, Client]> {
  if (!first || !second) throw new Error("no tabs");
  const client = await Client.of(first, server);
  const chat = await client.begin(words);
  for (const { page } of [first, second]) await page.goto(`/agents/${chat.id}`);
  return [first, second, client];
}

const log = ({ page }: Tab) => page.getByRole("log");

test("what is sent, stopped and edited in one tab shows in the other", async () => {
  const [one, other] = await both("Tell a story");
  await log(other).getByText("s20").waitFor();
  await one.page.keyboard.press("Control+.");
  await other.page.getByText("Stopped by you.").waitFor();
  const field = one.page.getByRole("textbox", { name: "Message" });
  await field.press("ArrowUp");
  await field.fill("Say something else");
  await one.page.getByRole("button", { name: "Restart from here" }).click();
  await log(other).getByText("Another answer altogether.").waitFor();
  const words = (await log(other).textContent()) ?? "";
  expect(words).not.toContain("s20");
  expect(words).not.toContain("Tell a story");
});

test("a page that is loaded anew in mid-stream shows everything once", async () => {
  const [one, other] = await both("Tell a story again");
  await log(one).getByText("s10").waitFor();
  await one.page.reload();
  await log(one).getByText("s30").waitFor();
  await one.page.reload();
  for (const tab of [one, other]) {
    await log(tab).getByText("The end of it.").waitFor();
    await tab.page.locator(".status").getByText("Finished.").waitFor();
    const words = ((await log(tab).textContent()) ?? "").replace(/\s+/g, " ");
    expect(words).toContain(`${STORY} The end of it.`);
    expect(words.split("s10 ").length).toBe(2);
  }
});

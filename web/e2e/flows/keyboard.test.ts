// The whole way by the keyboard alone: nothing here ever points or clicks.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Model, openBrowser, openTab, Server, signIn, type Tab } from "../harness";

/** No way through a page is longer than that. */
const TABS_MAX = 80;

const SCRIPT = `
name = "keys"
seed = 2
pace = { first_ms = 20, gap_ms = 40, chunk_chars = 6 }

[[on]]
user = "essay"
reply.text = "Once there was an essay. ${"It went on and on. ".repeat(120)}"

[[on]]
user = "plan"
step = 1
reply.call = [{ tool = "list_templates", args = {} }]

[[on]]
user = "plan"
step = 2
reply.call = [{ tool = "create_workspace", args = { template_id = "{{result.0:/templates/0/id}}" } }]

[[on]]
user = "plan"
step = 3
reply.call = [{ tool = "write_file", args = { path = "/home/agent/PLAN.md", content = "# By keys\\n\\n1. Press them.\\n" } }]

[[on]]
user = "plan"
step = 4
reply.call = [{ tool = "propose_plan", args = { path = "/home/agent/PLAN.md" } }]

[[on]]
else = true
reply.text = "A short answer."
`;

let server: Server;
let model: Model;
let browser: Browser;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  [server, model, browser] = await Promise.all([
    Server.start([]),
    Model.start(SCRIPT),
    openBrowser(),
  ]);
  tab = await openTab(browser, server);
  page = tab.page;
  await signIn(tab, server);
});

afterAll(async () => {
  await tab?.close();
  await browser?.close();
  await Promise.all([server?.stop(), model?.stop()]);
});

const keys = (...all: string[]) =>
  all.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());

/** What the field holds. */
const written = () => field().textContent();

const hasFocus = (target: Locator) =>
  target.evaluateAll((all) => all.some((one) => one === document.activeElement));

/** Walks with Tab until the thing has the focus, and sees that the focus shows. */
async function walk(target: Locator): Promise<void> {
  await target.first().waitFor();
  for (let at = 0; at < TABS_MAX; at += 1) {
    if (await hasFocus(target)) return;
    await keys("Tab");
  }
  throw new Error(`Tab does not lead to ${target}`);
}

const button = (name: string | RegExp) => page.getByRole("button", { name, exact: true });
const field = () => page.getByRole("textbox", { name: "Message" });

async function press(target: Locator): Promise<void> {
  await walk(target);
  await keys("Enter");
}

async function overwrite(target: Locator, words: string): Promise<void> {
  await walk(target);
  await keys("Control+a");
  await page.keyboard.type(words);
}

test("a provider and a model are added", async () => {
  await press(page.getByRole("link", { name: "Add a provider" }));
  const first = page.getByRole("radio").first();
  await walk(page.getByRole("radio"));
  await expect.poll(() => first.count()).toBe(1);
  const wanted = page.getByLabel("Ollama on this machine");
  for (let at = 0; at < 12 && !(await wanted.isChecked()); at += 1) await keys("ArrowDown");
  await overwrite(page.getByLabel("Address"), `${model.url}/v1`);
  await press(button("Save and test"));
  await overwrite(page.getByLabel("Identifier"), "script:keys");
  await press(button("Add model"));
  await page.getByRole("heading", { name: "Ready to start" }).waitFor();
  await press(page.getByRole("main").getByRole("link", { name: "New chat" }));
  await page.getByRole("heading", { name: "What should be done?" }).waitFor();
});

test("a chat is begun, its queue is filled and changed, and it is stopped", async () => {
  if (!(await hasFocus(field()))) await keys("/");
  await page.keyboard.type("Write an essay");
  await keys("Enter");
  await page.getByRole("log").getByText("Once there was").waitFor();
  // The chat that was begun is written on in.
  await expect.poll(() => hasFocus(field())).toBe(true);
  await page.keyboard.type("And another one");
  await keys("Enter");
  const queue = page.getByRole("list", { name: "Queued messages" });
  await press(queue.getByRole("button", { name: "Edit" }));
  await queue.waitFor({ state: "detached" });
  await expect.poll(() => hasFocus(field())).toBe(true);
  await page.keyboard.type(" please");
  await expect.poll(written).toBe("And another one please");
  await keys("Enter");
  await queue.getByText("And another one please").waitFor();
  await press(queue.getByRole("button", { name: "Remove" }));
  await queue.waitFor({ state: "detached" });
  await walk(field());
  await page.keyboard.type("Half a thought");
  await keys("Control+.");
  await page.getByText("Stopped by you.").waitFor();
  expect(await written()).toBe("Half a thought");
  await keys("Control+a", "Delete");
});

test("an earlier message is edited, and Escape leaves without a change", async () => {
  await walk(field());
  await keys("ArrowUp");
  await page.getByText("Later messages are removed, files stay.").waitFor();
  await keys("Escape");
  await page.getByText("Later messages are removed, files stay.").waitFor({ state: "detached" });
  await expect.poll(() => hasFocus(field())).toBe(true);
  await keys("ArrowUp");
  await page.getByText("Later messages are removed, files stay.").waitFor();
  await keys("Control+a");
  await page.keyboard.type("Say something short");
  await keys("Enter");
  await page.getByRole("log").getByText("A short answer.").waitFor();
});

test("a plan is read and copied", async () => {
  await expect.poll(() => hasFocus(field())).toBe(true);
  await page.keyboard.type("Make a plan");
  await keys("Enter");
  await page.locator(".status").getByText("Finished.").waitFor();
  await expect
    .poll(() => page.getByRole("log").textContent(), { timeout: 20_000 })
    .toContain("Press them.");
  await walk(page.getByRole("region", { name: "Plan" }).getByRole("button", { name: /Copy/ }));
});

test("a chat is archived, and the archiving undone", async () => {
  await page.locator(".status").getByText("Finished.").waitFor();
  await walk(field());
  await keys("Escape", "x");
  await page.getByText(/^Archived/).waitFor();
  await press(button("Undo"));
  await field().waitFor();
});

test("the regions, the palette and the settings", async () => {
  await keys("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("appearance");
  await page.getByRole("option").first().waitFor();
  await keys("Enter");
  await page.getByRole("heading", { name: "Appearance", level: 1 }).waitFor();
  await walk(page.getByRole("radio"));
  await keys("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.type("account");
  await keys("Enter");
  await page.getByRole("heading", { name: "Account", level: 1 }).waitFor();
});

// Every hostile text in every place that shows text: nothing runs, nothing is loaded from
// elsewhere, nobody is led away, and the page keeps its shape.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOSTILE } from "../../src/test/hostile";
import { Model, openBrowser, openTab, Server, signIn, type Tab } from "../harness";
import { Client } from "../kit/client";

/** How many conversations the texts are spread over. */
const CHATS = 6;
/** Long texts are a matter of their own; names are short. */
const NAME_CHARS = 60;
const TALL = { width: 1200, height: 12_000 };
const PHONE = { width: 390, height: 6_000 };

/** All of them in one file, as TOML writes a string. */
const FILE = JSON.stringify(HOSTILE.join("\n").slice(0, 30_000)).replaceAll("\u007f", "\\u007f");

// What a person says comes back in everything that a model can say.
const SCRIPT = `
name = "hostile"
seed = 1

[[on]]
purpose = "title"
reply.object = { title = "Hostile" }

[[on]]
user = "print the file"
step = 1
reply.call = [
  { tool = "execute", args = { command = "cat ~/hostile.txt" } },
  { tool = "execute", args = { command = "cat ~/hostile.txt >&2; exit 3" } },
  { tool = "read_file", args = { path = "/home/agent/hostile.txt" } },
]

[[on]]
user = "write the file"
step = 1
reply.call = [{ tool = "write_file", args = { path = "/home/agent/hostile.txt", content = ${FILE} } }]

[[on]]
step = 1
reply.reasoning = "{{user}}"
reply.text = "{{user}}"
reply.call = [
  { tool = "read_file", args = { path = "/{{user}}" } },
  { tool = "spawn_nothing", args = { model_intent = "{{user}}", other = "{{user}}" } },
]

[[on]]
else = true
reply.text = "{{user}}"
`;

let server: Server;
let model: Model;
let browser: Browser;
let tab: Tab;
let client: Client;

beforeAll(async () => {
  [server, model, browser] = await Promise.all([
    Server.start(),
    Model.start(SCRIPT),
    openBrowser(),
  ]);
  // Names that no path can have are refused, as they should.
  tab = await openTab(browser, server, { expected: /40[04]/ });
  await signIn(tab, server);
  const look = { provider: "anthropic", model: "hostile", display_name: "Hostile" } as const;
  await model.configure(tab, "hostile", look);
  client = await Client.of(tab, server);
  tab.page.on("dialog", (dialog) => {
    tab.trouble.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  tab.context.on("page", (page) => tab.trouble.push(`a window opened: ${page.url()}`));
});

afterAll(async () => {
  await tab?.close();
  await browser?.close();
  await Promise.all([server?.stop(), model?.stop()]);
});

/** Every fold of the page opened, so that nothing is hidden. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    const folds = "main [aria-expanded=false]:not([aria-haspopup])";
    for (const one of document.querySelectorAll<HTMLElement>(folds)) one.click();
  });
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
}

/** What is wrong with the page as it stands. */
async function findings(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    if ("pwned" in globalThis || "pwned" in {}) found.push("a script ran");
    const forbidden =
      "main script, main iframe, main object, main embed, main form[action], main base, main link, main meta, main video, main audio, svg script, math";
    for (const one of document.querySelectorAll(forbidden)) found.push(one.outerHTML.slice(0, 200));
    for (const one of document.querySelectorAll("*")) {
      for (const { name, value } of one.attributes) {
        const leads = name === "href" && !/^(https?:|mailto:|[#/?]|$)/i.test(value);
        const loads = name === "src" && !/^(\/|blob:|data:image\/(png|jpeg|gif|webp))/.test(value);
        if (name.startsWith("on") || name === "srcdoc" || leads || loads) {
          found.push(`${one.tagName} ${name}=${value.slice(0, 120)}`);
        }
      }
    }
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push("the page scrolls sideways");
    for (const one of document.querySelectorAll("main .column > *")) {
      const { left, right } = one.getBoundingClientRect();
      const outside = right > innerWidth + 1 || left < -1;
      if (outside) found.push(`outside of the page: ${one.outerHTML.slice(0, 120)}`);
    }
    const place = (name: string) => document.querySelector(name)?.getBoundingClientRect();
    const dock = place(".dock");
    if (dock && dock.bottom > innerHeight + 1) found.push("the composer was pushed out");
    return found;
  });
}

/** Opens a path and looks at it on both widths. */
async function look(path: string, ready: (page: Page) => Promise<unknown>): Promise<void> {
  const { page } = tab;
  for (const size of [TALL, PHONE]) {
    await page.setViewportSize(size);
    await page.goto(path);
    await ready(page);
    await unfold(page);
    expect({ path, size, found: await findings(page) }).toEqual({ path, size, found: [] });
    expect(new URL(page.url()).pathname).toBe(path.split("?")[0]);
  }
}

const chunks = Array.from({ length: CHATS }, (_, at) =>
  HOSTILE.filter((_text, index) => index % CHATS === at),
);

test.each(chunks.map((texts, at) => [at, texts] as const))(
  "what is said in a conversation: part %i",
  async (_at, texts) => {
    const [head = "", ...rest] = texts;
    const chat = await client.begin(head, { workspace: true });
    await client.settled(chat.id);
    for (const text of rest) {
      await client.say(chat.id, text);
      await client.settled(chat.id);
    }
    await look(`/agents/${chat.id}`, (page) => page.locator(".status").getByText(/./).waitFor());
  },
  300_000,
);

test("what commands print", async () => {
  const chat = await client.begin("write the file", { workspace: true });
  await client.settled(chat.id);
  await client.say(chat.id, "print the file");
  await client.settled(chat.id);
  await look(`/agents/${chat.id}`, (page) => page.getByText("print the file").first().waitFor());
});

test("titles and labels, as they change under the eye", async () => {
  const { page } = tab;
  const chat = await client.finished("quiet");
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.goto(`/agents/${chat.id}`);
  await page.getByRole("log").waitFor();
  for (const text of HOSTILE) {
    const title = text.slice(0, NAME_CHARS);
    await client.patch(`/chats/${chat.id}`, { title }).catch(() => {});
    await client.patch(`/chats/${chat.id}`, { labels: { risk: title } }).catch(() => {});
  }
  await client.patch(`/chats/${chat.id}`, { title: "The last title" });
  await page.getByRole("heading", { name: "The last title" }).waitFor();
  expect(await findings(page)).toEqual([]);
});

test("names of models and people", async () => {
  for (const [at, text] of HOSTILE.entries()) {
    const name = text.slice(0, NAME_CHARS);
    const config = { provider: "anthropic", model: `m${at}`, display_name: name };
    await client.post("/chats/model-configs", { ...config, context_limit: 9_000 }).catch(() => {});
    if (at % 8 > 0) continue;
    const person = { username: `u${at}`, email: `u${at}@example.org`, name };
    await client.post("/users", { ...person, password: "correct horse battery 7" }).catch(() => {});
  }
  const heading = (page: Page) => page.getByRole("heading", { level: 1 }).waitFor();
  await look("/agents/settings/models", heading);
  await look("/agents/settings/users", heading);
  await look("/agents/settings/behavior", heading);
  await look("/agents", heading);
});

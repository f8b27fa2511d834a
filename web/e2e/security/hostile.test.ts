// Every hostile text in every place that shows text: nothing runs, nothing is loaded from
// elsewhere, nobody is led away, and the page keeps its shape.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { HOSTILE } from "../../src/test/hostile";
import { Client } from "../kit/client";
import { stand } from "../kit/stand";
import { findings, guard } from "./findings";

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

const all = stand({
  flags: ["--demo"],
  name: "hostile",
  script: SCRIPT,
  look: { provider: "anthropic", model: "hostile", display_name: "Hostile" },
  // Names that no path can have are refused, as they should.
  expected: /40[04]/,
});
let client: Client;

beforeAll(async () => {
  client = await Client.of(all.tab, all.server);
  guard(all.tab);
});

/** Every fold of the page opened, so that nothing is hidden. */
async function unfold(page: Page): Promise<void> {
  await page.evaluate(() => {
    const folds = "main [aria-expanded=false]:not([aria-haspopup])";
    for (const one of document.querySelectorAll<HTMLElement>(folds)) one.click();
  });
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
}

/** Opens a path and looks at it on both widths. */
async function look(path: string, ready: (page: Page) => Promise<unknown>): Promise<void> {
  const { page } = all.tab;
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
  const { page } = all.tab;
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

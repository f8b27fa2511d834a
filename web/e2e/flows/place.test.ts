// The place in a long conversation: it begins at the end, also while words pour in, and is the
// person's own from their first scroll on.
import { expect, test } from "vitest";
import type { MessagesPage } from "../../src/api/generated/types";
import { Client } from "../kit/client";
import { stand } from "../kit/stand";
import { seed } from "../perf/seed";

const WORDS = Array.from({ length: 6_000 }, (_, at) =>
  at % 40 === 39 ? `w${at}\\n\\n` : `w${at}`,
);
const SCRIPT = `
name = "place"
seed = 5
pace = { first_ms = 0, gap_ms = 5, words = true }

[[on]]
user = "Hello"
reply.text = "A short answer."

[[on]]
else = true
reply.text = "${WORDS.join(" ")}"
`;

const all = stand({ name: "place", script: SCRIPT });

test("a chat that is opened while words pour in shows them", async () => {
  const { page } = all.tab;
  const client = await Client.of(all.tab, all.server);
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
  await expect.poll(left).toBeGreaterThan(behind);
});

/** A chat of many messages: where it is, and the first of them. */
async function long() {
  const client = await Client.of(all.tab, all.server);
  const chat = await client.finished("Hello");
  const { messages } = await client.get<MessagesPage>(`/chats/${chat.id}/messages`);
  // A page would complain of the server that is away.
  await all.tab.page.goto("about:blank");
  await all.server.pause((folder) => seed(folder, "messages", chat.id, 300));
  const first = Math.min(...messages.map((message) => message.id));
  return { client, chat, path: `${all.server.url}/agents/${chat.id}`, first };
}

test("earlier messages come each time the top is reached, to the very first", async () => {
  const { page } = all.tab;
  const { path, first } = await long();
  await page.goto(path);
  const log = page.getByRole("log");
  await log.getByText("A short answer.").last().waitFor();
  await log.hover();
  const isThere = async () => {
    await page.mouse.wheel(0, -2_000);
    return page.locator(`#m${first}`).count();
  };
  await expect.poll(isThere, { timeout: 60_000 }).toBe(1);
});

test("a link to a message leads there, however far back it is", async () => {
  const { page } = all.tab;
  const { client, chat, path, first } = await long();
  await page.goto(`${path}#m${first}`);
  await page.locator(`.aimed #m${first}`).waitFor();
  const log = page.getByRole("log");
  const top = () => page.locator(`#m${first}`).evaluate((one) => one.getBoundingClientRect().top);
  const box = await log.boundingBox();
  const within = async () => {
    const at = (await top()) - (box?.y ?? 0);
    return at >= 0 && at < (box?.height ?? 0) / 2;
  };
  await expect.poll(within).toBe(true);

  // To the end, and back by the address alone.
  await page.keyboard.press("End");
  await expect.poll(() => page.locator(`#m${first}`).count()).toBe(0);
  const { messages: newest } = await client.get<MessagesPage>(`/chats/${chat.id}/messages`);
  const other = newest.filter((message) => message.role === "user").at(-15);
  await page.evaluate((id) => {
    location.hash = `m${id}`;
  }, other?.id);
  await page.locator(`.aimed #m${other?.id}`).waitFor();
});

import { expect, test } from "vitest";
import type { Chat } from "../src/api/generated/types";
import { audit, shoot, type Tab } from "./harness";
import { Client } from "./kit/client";
import { ground } from "./kit/stand";

// Short runs, one after the other.
const SCRIPT = `
name = "brief"
[[on]]
else = true
reply.text = "Done."
`;

const all = ground({ name: "brief", script: SCRIPT });

/** Starts a chat by the API, as another client of the same person would. */
function start(tab: Tab, text: string): Promise<string> {
  return tab.page.evaluate(async (text) => {
    const token = document.cookie.split("csrf_token=")[1]?.split(";")[0] ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRF-TOKEN": token };
    const body = JSON.stringify({ content: [{ type: "text", text }], client_type: "api" });
    const answer = await fetch("/api/v2/chats", { method: "POST", headers, body });
    return ((await answer.json()) as { id: string }).id;
  }, text);
}

test("a chat that finishes elsewhere says so, is counted in the title, and is opened by its toast", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/notifications");
  await page.getByRole("heading", { name: "Notifications" }).waitFor();
  await page.waitForFunction(() => document.title === "Notifications · Muster");
  const id = await start(tab, "Count the lines");
  const toast = page.locator(".toast", { hasText: "has finished." });
  await toast.waitFor();
  await page.waitForFunction(() => document.title.startsWith("(1) "));
  await shoot(tab, "toast-finished-desk-light");
  await audit(tab);
  await toast.getByRole("button", { name: "Open" }).click();
  await page.waitForURL(new RegExp(id));
  await page.getByText("Done.").waitFor();
  await page.waitForFunction(() => !document.title.startsWith("("));
  await tab.close();
});

test("the chat in view says nothing beside itself, and messages can be switched off", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/notifications");
  await page.getByLabel("Messages").click();
  await page.getByRole("link", { name: "Back to chats" }).click();
  await page.getByRole("navigation", { name: "Chats" }).waitFor();
  await start(tab, "Another one");
  await page.locator("[data-chat]", { hasText: "Another one" }).waitFor();
  await page.waitForFunction(() => /^\(\d+\) /.test(document.title));
  expect(await page.locator(".toast").count()).toBe(0);
  await tab.close();
});

test("a chat that works on goes to the top of the list, but not under the pointer", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents");
  const titles = () => page.locator("[data-chat] .t").allTextContents();
  await expect.poll(async () => (await titles())[0]).toBe("Another one");
  const client = await Client.of(tab, all.server);
  const chats = await client.get<Chat[]>("/chats?limit=50");
  const first = chats.find(({ title }) => title === "Count the lines")?.id ?? "";

  await page.locator("[data-chat]").first().hover();
  await client.say(first, "Once more");
  await client.settled(first);
  await expect
    .poll(async () => (await titles()).slice(0, 2))
    .toEqual(["Another one", "Count the lines"]);
  await page.mouse.move(1_200, 400);
  await expect
    .poll(async () => (await titles()).slice(0, 2))
    .toEqual(["Count the lines", "Another one"]);
  expect(await page.locator(".chats h2").allTextContents()).toEqual(["Today"]);
  await tab.close();
});

test("the drawer closes by a link to where one is, and by Escape", async () => {
  const tab = await all.open({ width: "phone" });
  const { page } = tab;
  await page.goto("/agents");
  const list = page.getByRole("navigation", { name: "Chats" });
  const drawer = page.getByRole("button", { name: "Close the list" });
  const open = page.getByRole("button", { name: "Show chats" }).last();
  const hasFocus = () => list.evaluate((one) => one.contains(document.activeElement));
  await open.click();
  await expect.poll(hasFocus).toBe(true);
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });
  await open.click();
  await list.getByRole("button", { name: "New chat" }).last().click();
  await drawer.waitFor({ state: "detached" });
  await open.click();
  await list.locator("[data-chat]").first().click();
  await page.getByText("Done.").first().waitFor();
  await open.click();
  await list.locator("[data-chat].on").click();
  await drawer.waitFor({ state: "detached" });
  await tab.close();
});

test("the list is resized and folded away by keyboard, and pins are moved by their menu", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents");
  const edge = page.getByRole("separator", { name: "Width of the list" });
  const wide = () => edge.getAttribute("aria-valuenow");
  await edge.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(wide).toBe("284");
  await page.keyboard.press("End");
  const side = page.locator("nav.side");
  await expect.poll(() => side.evaluate((one) => one.clientWidth)).toBeGreaterThan(410);
  await page.reload();
  await expect.poll(wide).toBe("420");
  await page.getByRole("button", { name: "Hide the list" }).click();
  await page.getByRole("button", { name: "Show chats" }).first().click();
  await edge.waitFor();

  const menu = async (title: string, item: string) => {
    const row = page.locator(".chat-slot", { hasText: title });
    await row.hover();
    await row.getByRole("button", { name: "Chat actions" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  const titles = () => page.locator("[data-chat] .t").allTextContents();
  await menu("Count the lines", "Pin");
  await page.getByRole("heading", { name: "Pinned" }).waitFor();
  await menu("Another one", "Pin");
  await expect
    .poll(async () => (await titles()).slice(0, 2))
    .toEqual(["Count the lines", "Another one"]);
  await menu("Another one", "Move up");
  await expect
    .poll(async () => (await titles()).slice(0, 2))
    .toEqual(["Another one", "Count the lines"]);
  await shoot(tab, "list-pinned-desk-light");
  await audit(tab);
  await tab.close();
});

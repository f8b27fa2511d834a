// Files with hostile names: beside a message that is written, in one that was sent, opened, and
// refused.
import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { NAME_CHARS_MAX } from "../../src/components/composer/media";
import { plain } from "../../src/lib/plain";
import { HOSTILE } from "../../src/test/hostile";
import { type Tab, type TabOptions, WIDTHS } from "../harness";
import { ground } from "../kit/stand";
import { hold } from "../kit/wire";
import { guard, inspect } from "./findings";

/** Files of one message, three for each name. */
const NAMES = 16;
/** What the composer takes. */
const FILES_MAX = 50;
const SIZES = [WIDTHS.desk, WIDTHS.phone];
/** Scrolling would close what is said of a file. */
const UNSCROLLED = { width: WIDTHS.phone.width, height: 6_000 };

const SCRIPT = `
name = "files"

[[on]]
purpose = "title"
reply.object = { title = "Files" }

[[on]]
else = true
reply.text = "I have seen them."
`;

/** A picture of one red dot. */
const DOT = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);

type File = { name: string; mimeType: string; buffer: Buffer };

const picture = (name: string): File => ({ name, mimeType: "image/png", buffer: DOT });
const words = (name: string): File => ({
  name,
  mimeType: "text/plain",
  buffer: Buffer.from("The words of a file"),
});
const pages = (name: string): File => ({
  name,
  mimeType: "application/pdf",
  buffer: Buffer.from("%PDF-1.4\n%%EOF\n"),
});
/** The server looks into it. */
const liar = (name: string): File => ({ ...words(name), mimeType: "image/png" });
const alien = (name: string): File => ({ ...words(name), mimeType: "application/x-msdownload" });

const all = ground({ name: "files", script: SCRIPT });

/** A page at a new message, with nothing kept from another one. */
async function begin(options: TabOptions = {}): Promise<Tab> {
  const tab = await all.open(options);
  guard(tab);
  // More files than anybody sends in a minute.
  await tab.page.setExtraHTTPHeaders({ "X-Coder-Bypass-Ratelimit": "true" });
  await tab.page.goto("/agents");
  // The plain field makes room once it is left.
  await tab.page.getByRole("heading", { name: "What should be done?" }).click();
  await tab.page.locator(".editor[contenteditable=true]").waitFor();
  return tab;
}

/** How a name shows. */
const said = (name: string) => plain([...name].slice(0, NAME_CHARS_MAX).join(""));

function inGroups(size: number): string[][] {
  const count = Math.ceil(HOSTILE.length / size);
  return Array.from({ length: count }, (_, at) => HOSTILE.slice(at * size, (at + 1) * size));
}

const chips = (page: Page) => page.getByRole("list", { name: "Attachments" }).getByRole("listitem");

async function attach(page: Page, files: readonly File[]): Promise<void> {
  await page.getByLabel("Files to attach").setInputFiles([...files]);
  await expect.poll(() => chips(page).count()).toBe(files.length);
}

/** Goes through all pictures. */
async function leaf(page: Page, first: Locator, count: number): Promise<void> {
  await first.click();
  const dialog = page.getByRole("dialog");
  for (let at = 1; at <= count; at += 1) {
    await dialog.getByText(`${at} of ${count}`, { exact: true }).waitFor();
    await inspect(page, `picture ${at}`);
    await page.keyboard.press("ArrowRight");
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

/** Looks at a text that was opened. */
async function read(page: Page): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByText("The words of a file").waitFor();
  await inspect(page, "a text");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

/** Files beside a message that is written: pictures first, then texts, then others. */
async function lookAtAttached(page: Page, count: number): Promise<void> {
  const button = (at: number) => chips(page).nth(at).locator(".chip-main");
  await page.setViewportSize(WIDTHS.desk);
  await inspect(page, "attached");
  await leaf(page, button(0), count);
  for (let at = count; at < 2 * count; at += 1) {
    await button(at).click();
    await page.getByRole("menuitem", { name: "Preview" }).click();
    await read(page);
  }
  await page.setViewportSize(WIDTHS.phone);
  await inspect(page, "attached");
  await page.setViewportSize(UNSCROLLED);
  for (let at = 0; at < count; at += 1) {
    await button(at).hover();
    await page.locator(".tip").waitFor();
    await inspect(page, "what is said of a picture");
    // The first step leaves the button, the second one the way to the tooltip.
    await page.mouse.move(0, 0, { steps: 4 });
    await page.locator(".tip").waitFor({ state: "detached" });
  }
}

/** The same files in their message. What opens was seen on the other width. */
async function lookAtSent(page: Page, count: number): Promise<void> {
  const list = (name: string) => page.getByRole("list", { name }).getByRole("button");
  await page.setViewportSize(WIDTHS.desk);
  await expect.poll(() => list("Pictures").count()).toBe(count);
  expect(await list("Files").count()).toBe(count);
  expect(await page.getByRole("list", { name: "Files" }).getByRole("link").count()).toBe(count);
  await inspect(page, "sent");
  await page.setViewportSize(WIDTHS.phone);
  await inspect(page, "sent");
  await leaf(page, list("Pictures").first(), count);
  for (let at = 0; at < count; at += 1) {
    await list("Files").nth(at).click();
    await read(page);
  }
}

test.each(inGroups(NAMES).map((names, at) => [at, names] as const))(
  "names of files that are attached and sent: part %i",
  async (_at, names) => {
    const tab = await begin();
    const { page } = tab;
    page.setDefaultTimeout(15_000);
    await attach(page, [...names.map(picture), ...names.map(words), ...names.map(pages)]);
    await expect.poll(() => page.getByRole("progressbar").count(), { timeout: 30_000 }).toBe(0);
    const shown = await chips(page).locator(".cut").allTextContents();
    expect(shown).toEqual([...names, ...names, ...names].map(said));
    await lookAtAttached(page, names.length);
    await page.getByRole("textbox", { name: "Message" }).fill("Look");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.waitForURL(/\/agents\/[0-9a-f-]{36}/);
    await page.getByText("I have seen them.").waitFor();
    await inspect(page, "just sent", SIZES);
    // From now on by the names that the server keeps.
    await page.reload();
    await lookAtSent(page, names.length);
    await tab.close();
  },
  300_000,
);

test("names of files that are on their way, refused by the server, or by the page", async () => {
  for (const names of inGroups(FILES_MAX)) {
    const held = await begin();
    await hold(held.page, /\/chats\/files$/, "POST");
    await attach(held.page, names.map(words));
    expect(await held.page.getByRole("progressbar").count()).toBe(names.length);
    await inspect(held.page, "on their way", SIZES);
    await held.close();

    // Refused uploads are errors of the network for the browser.
    const liars = await begin({ expected: /400/ });
    await attach(liars.page, names.map(liar));
    const why = liars.page.getByText("The file is not what its Content-Type says.");
    await expect.poll(() => why.count(), { timeout: 30_000 }).toBe(names.length);
    await inspect(liars.page, "refused by the server", SIZES);
    await liars.close();
  }
  const tab = await begin();
  const { page } = tab;
  await attach(page, HOSTILE.map(alien));
  expect(await page.getByText("is of a type that is not taken").count()).toBe(FILES_MAX);
  const rest = HOSTILE.length - FILES_MAX;
  expect(await page.getByText("is one too many").count()).toBe(rest);
  await inspect(page, "refused by the page", SIZES);
  await tab.close();
}, 300_000);

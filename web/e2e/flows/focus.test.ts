// What comes late takes nothing from the hands of somebody who has begun meanwhile.
import { expect, test } from "vitest";
import { ground } from "../kit/stand";
import { delay } from "../kit/wire";

const SCRIPT = `
name = "focus"

[[on]]
else = true
reply.text = "Done."
`;

const all = ground({ name: "focus", script: SCRIPT });

test("the editor comes late, and the focus stays where it was put meanwhile", async () => {
  const tab = await all.open({ serviceWorkers: "block" });
  const { page } = tab;
  const come = await delay(page, /assets\/editor-.*\.js/);
  await page.goto("/agents");
  const plain = page.locator("textarea#composer");
  await plain.waitFor();
  await expect.poll(() => plain.evaluate((one) => one === document.activeElement)).toBe(true);
  const edge = page.getByRole("separator", { name: "Width of the list" });
  await edge.focus();
  come();
  await page.locator("#composer[contenteditable]").waitFor();
  for (const width of ["284", "300"]) {
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => edge.getAttribute("aria-valuenow")).toBe(width);
  }
  await tab.close();
});

test("the editor comes late, and waits until the plain field is left", async () => {
  const tab = await all.open({ serviceWorkers: "block" });
  const { page } = tab;
  const come = await delay(page, /assets\/editor-.*\.js/);
  await page.goto("/agents");
  await page.locator("textarea#composer").waitFor();
  const arrived = page.waitForResponse(/assets\/editor-.*\.js/);
  come();
  await (await arrived).finished();
  await page.keyboard.type("Without a click");
  await page.getByRole("heading", { name: "What should be done?" }).click();
  await page.locator("#composer[contenteditable]").waitFor();
  await expect.poll(() => page.locator("#composer").textContent()).toBe("Without a click");
  await tab.close();
});

test("what was found for earlier words is not chosen by later ones", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents");
  await page.getByRole("textbox", { name: "Message" }).fill("Write some words");
  await page.keyboard.press("Enter");
  await page.locator(".status").getByText("Finished.").waitFor();
  await page.goto("/agents");
  await page.getByRole("textbox", { name: "Message" }).waitFor();

  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox");
  await page.locator("[cmdk-group]", { hasText: "Chats" }).getByRole("option").first().waitFor();
  const come = await delay(page, (url) => url.pathname.endsWith("/chats") && url.search !== "");
  await field.fill("appearance");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Appearance", level: 1 }).waitFor();
  come();
  await tab.close();
});

import { expect, test } from "vitest";
import { audit, shoot, type Theme, WIDTHS, type Width } from "./harness";
import { ground } from "./kit/stand";

const SCRIPT = `
name = "priced"
[[on]]
else = true
reply.text = "Done."
reply.usage = { input = 50000, output = 10000 }
`;

const all = ground({ name: "priced", script: SCRIPT });

test("models without a price are said, and priced by their page", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/limits");
  await page.getByText("1 model without a price").waitFor();
  await page.getByText("Nobody has a limit of their own.").waitFor();
  await shoot(tab, "limits-unpriced-desk-light");
  await audit(tab);
  await page.getByRole("link", { name: "Set prices" }).click();
  await page.getByRole("button", { name: "Scripted model" }).click();
  await page.getByLabel("Input", { exact: true }).fill("2");
  await page.getByLabel("Output", { exact: true }).fill("6");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved").waitFor();
  await tab.close();
});

test("what a chat spends is counted under a limit, in the list, on both pages of usage", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/limits");
  await page.getByLabel("Limit spending").click();
  await page.getByLabel("Dollars").fill("0");
  await page.getByText("An amount of dollars above 0.").waitFor();
  await page.getByLabel("Dollars").fill("12.50");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved").waitFor();

  await page.goto("/agents");
  await page.locator("#composer").fill("Spend something");
  await page.keyboard.press("Enter");
  await page.getByText("Done.").waitFor();
  // $0.16 a call: one, or two where a title was asked for.
  await page.getByText(/^\$0\.\d\d of \$12\.50 this month$/).waitFor();
  await shoot(tab, "usage-meter-desk-light");
  await page.getByRole("button", { name: /^Cost: \$0\.\d\d$/ }).click();
  const costs = page.getByRole("dialog", { name: "Cost of this chat" });
  await costs.getByRole("cell", { name: "Scripted model" }).waitFor();
  await costs.getByRole("cell", { name: /^\$0\.\d\d$/ }).waitFor();
  await shoot(tab, "cost-desk-light");
  await audit(tab);
  await page.keyboard.press("Escape");
  await page.setViewportSize(WIDTHS.phone);
  await page.getByRole("button", { name: /^Cost: / }).click();
  await costs.waitFor();
  await shoot(tab, "cost-phone-light");
  await page.keyboard.press("Escape");
  await page.setViewportSize(WIDTHS.desk);

  await page.goto("/agents/analytics");
  await page
    .getByRole("link", { name: /Spend something|Done/ })
    .first()
    .waitFor();
  await page.getByRole("cell", { name: "Scripted model" }).waitFor();
  await page.getByLabel("Days").selectOption("7d");
  expect(page.url()).toContain("range=7d");

  await page.goto("/agents/settings/usage");
  await page.getByRole("button", { name: "admin" }).click();
  await page.getByRole("heading", { name: "By model" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "By chat" }).waitFor();
  await tab.close();
});

test("a person’s own limit goes before, refuses the next message and is removed", async () => {
  const tab = await all.open({ expected: /409/ });
  const { page } = tab;
  await page.goto("/agents/settings/limits");
  await page.getByLabel("Find a person to limit").fill("admin");
  await page.getByRole("button", { name: "admin" }).click();
  await page.getByLabel("Limit of admin in dollars").fill("0.10");
  await page.getByRole("button", { name: "Save the limit of admin" }).click();
  await page.getByRole("button", { name: "Remove the limit of admin" }).waitFor();
  await page.goto("/agents");
  await page.getByText(/of \$0\.10 this month/).waitFor();
  await page.locator("#composer").fill("And once more");
  await page.keyboard.press("Enter");
  await page.getByText(/Limit of \$0\.10 used up/).waitFor();
  await shoot(tab, "usage-limit-reached-desk-light");
  await audit(tab);
  await page.goto("/agents/settings/limits");
  await page.getByRole("button", { name: "Remove the limit of admin" }).click();
  await page.getByText("Nobody has a limit of their own.").waitFor();
  await tab.close();
});

const LOOKS = (["desk", "phone"] satisfies Width[]).flatMap((width) =>
  (["light", "dark"] satisfies Theme[]).map((theme) => [width, theme] as const),
);

test.each(LOOKS)("usage and limits on a %s, %s", async (...[width, theme]) => {
  const tab = await all.open({ width, theme });
  for (const [name, path] of [
    ["limits", "/agents/settings/limits"],
    ["usage", "/agents/settings/usage"],
    ["analytics", "/agents/analytics"],
  ] as const) {
    await tab.page.goto(path);
    await tab.page.getByRole("heading", { level: 1 }).first().waitFor();
    await tab.page.waitForFunction(() => document.querySelector(".loading") === null);
    await shoot(tab, `${name}-full-${width}-${theme}`);
    await audit(tab);
  }
  await tab.close();
});

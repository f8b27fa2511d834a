// Somebody is invited, makes their own account, and can do what the invitation says.
import { expect, test } from "vitest";
import type { User } from "../../src/api/generated/types";
import { audit, openTab, shoot } from "../harness";
import { ground } from "../kit/stand";

const PASSWORD = "correct horse battery staple 7";

const SCRIPT = `
name = "invitation"
[[on]]
else = true
reply.text = "Welcome."
`;

const all = ground({ name: "invitation", script: SCRIPT });

/** Makes a link in the settings, as an admin does, with one role more than the usual ones. */
async function invite(role: string): Promise<string> {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/users");
  await page.getByRole("button", { name: "Invite by link" }).click();
  const usual = page.getByRole("checkbox", { name: "Agents access" });
  await expect.poll(() => usual.isChecked()).toBe(true);
  await page.getByLabel(role).click();
  await page.getByRole("button", { name: "Make a link" }).click();
  const link = (await page.locator(".secret").textContent()) ?? "";
  await page.getByRole("cell", { name: /agents-access/ }).waitFor();
  await shoot(tab, "invitation-made-desk-light");
  await audit(tab);
  await page.getByRole("button", { name: "I have it" }).click();
  expect(await page.content()).not.toContain(link.split("secret=")[1]);
  await tab.close();
  return link;
}

test("an invitation makes an account with its roles, once", async () => {
  // Another one each time, so that a second try is one.
  const name = `ada-${Date.now() % 1_000_000}`;
  const email = `${name}@example.org`;
  const link = await invite("Auditor");
  expect(link).toContain(`${all.server.url}/invite#secret=`);

  const guest = await openTab(all.browser, all.server, { expected: /40[01]/ });
  const { page } = guest;
  await page.goto(link);
  await page.getByRole("heading", { name: "Join your team" }).waitFor();
  expect(page.url()).not.toContain("secret");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("User name").fill(name);
  // What is wrong with the form does not use the link up.
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Join" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Join" }).click();
  await page.waitForURL(/\/agents$/);
  await page.getByRole("heading", { name: "What should be done?" }).waitFor();

  const me = await page.evaluate(async () => (await fetch("/api/v2/users/me")).json());
  const { username, roles } = me as User;
  expect(username).toBe(name);
  expect(roles.map((role) => role.name).sort()).toEqual(["agents-access", "auditor"]);
  // An auditor sees how the server is, and keeps nobody's account.
  await page.getByRole("button", { name: "Account and settings" }).click();
  await page.getByRole("menuitem", { name: "Server" }).waitFor();
  expect(await page.getByRole("menuitem", { name: "People" }).count()).toBe(0);
  await page.keyboard.press("Escape");
  // The menu gives the focus back to its button when it is gone, and keys go there.
  const button = page.getByRole("button", { name: "Account and settings" });
  await page.getByRole("menu").waitFor({ state: "detached" });
  await page.waitForFunction((one) => one === document.activeElement, await button.elementHandle());
  // And agents work for them.
  const field = page.getByRole("textbox", { name: "Message" });
  await field.fill("Hello");
  await field.press("Enter");
  await page.getByText("Welcome.").waitFor();
  await guest.close();

  const late = await openTab(all.browser, all.server, { expected: /401/ });
  await late.page.goto(link);
  await late.page.getByLabel("Email").fill("eve@example.org");
  await late.page.getByLabel("User name").fill("eve");
  await late.page.getByLabel("Password").fill(PASSWORD);
  await late.page.getByRole("button", { name: "Join" }).click();
  await late.page.getByRole("heading", { name: "This invitation is not valid" }).waitFor();
  await late.page.getByText("Ask for a new one.").waitFor();
  await shoot(late, "invitation-used-desk-light");
  await audit(late);
  await late.page.getByRole("link", { name: "Sign in" }).click();
  await late.page.getByRole("heading", { name: "Sign in" }).waitFor();
  await late.close();

  const admin = await all.open();
  await admin.page.goto(`/agents/settings/users?user=${name}`);
  const row = admin.page.getByRole("row", { name: new RegExp(email) });
  await row.getByText("Auditor").waitFor();
  expect(await admin.page.getByText("Open invitations").count()).toBe(0);
  await admin.close();
});

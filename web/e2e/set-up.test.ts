import { createServer, type Server as Http } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit, shoot } from "./harness";
import { ground } from "./kit/stand";

const all = ground();
/** Answers as a server of models does when it is asked which it has. */
let models: Http;

beforeAll(async () => {
  models = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    const found = request.url?.endsWith("/models");
    response.statusCode = found ? 200 : 404;
    response.end(JSON.stringify(found ? { object: "list", data: [{ id: "tiny" }] } : {}));
  });
  await new Promise<void>((done) => models.listen(0, "127.0.0.1", done));
});

afterAll(() => void models?.close());

test("a server without a model leads to the first chat, and says at the field what is wrong", async () => {
  // The refused save is an error of the network for the browser.
  const tab = await all.open({ expected: /400/ });
  const { page } = tab;
  await page.goto("/agents");
  await page.getByRole("link", { name: "Add a provider" }).click();
  await page.getByRole("heading", { name: "One model, then you can start" }).waitFor();
  await shoot(tab, "first-run-desk-light");

  await page.getByLabel("Ollama on this machine").check();
  const address = page.getByLabel("Address");
  await expect.poll(() => address.inputValue()).toBe("http://127.0.0.1:11434/v1");
  // Nobody listens on port 1.
  await address.fill("http://127.0.0.1:1/v1");
  await page.getByRole("button", { name: "Save and test" }).click();
  await page.getByText("The provider could not be asked").waitFor();
  await expect.poll(() => address.getAttribute("aria-invalid")).toBe("true");
  await shoot(tab, "first-run-refused-desk-light");

  const { port } = models.address() as AddressInfo;
  await address.fill(`http://127.0.0.1:${port}/v1`);
  await page.getByRole("button", { name: "Save and test" }).click();
  await page.getByLabel("Identifier").fill("tiny");
  await shoot(tab, "first-run-model-desk-light");
  await page.getByRole("button", { name: "Add model" }).click();
  await page.getByRole("heading", { name: "Ready to start" }).waitFor();
  await shoot(tab, "first-run-done-desk-light");
  await page.getByRole("link", { name: "New chat" }).last().click();
  await page.waitForURL(/\/agents\/?$/);
  await tab.close();
});

for (const width of ["phone", "desk"] as const) {
  test(`the models page takes a setting of the server's schema: ${width}`, async () => {
    const tab = await all.open({ width, theme: "dark", expected: /400/ });
    const { page } = tab;
    await page.goto("/agents/settings/models");
    await page.getByRole("button", { name: "tiny" }).click();
    await page.getByText("More settings").click();
    await page.getByLabel("Temperature").fill("9");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Between 0 and 2.").waitFor();
    await shoot(tab, `models-invalid-${width}-dark`);
    await page.getByLabel("Temperature").fill("0.5");
    await page.getByLabel("Input", { exact: true }).fill("1.25");
    await page.getByLabel("Output", { exact: true }).fill(width === "desk" ? "10" : "11");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved").waitFor();
    await shoot(tab, `models-saved-${width}-dark`);
    await page.reload();
    await page.getByText(width === "desk" ? "$1.25 / $10.00" : "$1.25 / $11.00").waitFor();
    await tab.close();
  });
}

test("a token is shown once and can be revoked", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/tokens");
  await page.getByText("No tokens").waitFor();
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("Name").fill("nightly build");
  await page.getByRole("button", { name: "Create token" }).click();
  const secret = await page.locator(".secret").textContent();
  expect(secret?.length).toBeGreaterThan(20);
  await shoot(tab, "tokens-made-desk-light");
  await page.getByRole("button", { name: "I have it" }).click();
  expect(await page.content()).not.toContain(secret);
  await page.getByRole("button", { name: "Revoke nightly build" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("No tokens").waitFor();
  await tab.close();
});

test("a prompt with invisible characters says so, and 100 % warns", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/behavior");
  await page.getByLabel("Personal prompt").fill("Be\u200B kind\u202E.");
  await page.getByText("2 characters in this text are invisible.").waitFor();
  await page.getByLabel(/tiny/).fill("100");
  await page.getByText("100 % turns automatic summaries off").waitFor();
  await shoot(tab, "behavior-warnings-desk-light");
  await page.getByRole("button", { name: "Save tiny" }).click();
  await page.getByText("Your own").waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("2 invisible characters were removed").waitFor();
  expect(await page.getByLabel("Personal prompt").inputValue()).toBe("Be kind.");
  await page.getByRole("button", { name: "Reset tiny" }).click();
  await page.getByText("As the model is set up").waitFor();
  // Leaving with unsaved changes asks first.
  await page.getByLabel("Personal prompt").fill("Be brief.");
  await page.getByRole("link", { name: "Appearance" }).click();
  await page.getByRole("heading", { name: "Leave without saving?" }).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(page.url()).toContain("behavior");
  await tab.close();
});

test("a person is added, gets a role, is suspended and deleted", async () => {
  const tab = await all.open({ expected: /40[049]/ });
  const { page } = tab;
  await page.goto("/agents/settings/users");
  await page.getByRole("button", { name: "Add user" }).first().click();
  await page.getByLabel("Email").fill("ada@example.org");
  await page.getByLabel("User name").fill("ada");
  await page.getByLabel("Password").fill("short");
  const add = page.getByRole("button", { name: "Add user" }).last();
  await add.click();
  await page.getByRole("alert").waitFor();
  await shoot(tab, "users-invalid-desk-light");
  await page.getByLabel("Password").fill("correct horse battery staple 7");
  await add.click();
  await page.getByRole("heading", { name: "ada" }).waitFor();
  await page.getByLabel("Auditor").click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved").waitFor();
  await page.getByRole("cell", { name: /Auditor/ }).waitFor();
  await audit(tab);
  await page.getByRole("button", { name: "Suspend" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Suspend" }).click();
  await page.getByRole("cell", { name: "Suspended" }).waitFor();
  await shoot(tab, "users-suspended-desk-light");
  await page.getByRole("button", { name: "Delete user" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("button", { name: "ada" }).waitFor({ state: "detached" });
  await tab.close();
});

test("a group is created, gets a person and is deleted", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/settings/groups?group=new");
  await page.getByLabel("Identifier").fill("core");
  await page.getByRole("button", { name: "Create group" }).click();
  await page.getByRole("heading", { name: "core" }).waitFor();
  await page.getByLabel("Add a person").selectOption({ label: "admin" });
  await page.getByRole("button", { name: "Remove admin" }).waitFor();
  await shoot(tab, "groups-desk-light");
  await audit(tab);
  await page.getByRole("button", { name: "Delete group" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "core" }).waitFor({ state: "detached" });
  await tab.close();
});

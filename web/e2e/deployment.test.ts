import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit, openTab, shoot, type Tab } from "./harness";
import { ground } from "./kit/stand";

const KEY = "key-of-the-environment";
/** Takes a key as the provider of the environment's key would. */
const provider = createServer((request, response) => {
  const known = request.headers["x-api-key"] === KEY;
  response.statusCode = known ? 200 : 401;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(known ? { data: [{ id: "m" }] } : { error: { type: "auth" } }));
});

beforeAll(() => new Promise<void>((done) => provider.listen(0, "127.0.0.1", done)));
afterAll(() => void provider.close());

const all = ground({
  env: () => {
    const { port } = provider.address() as AddressInfo;
    return { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` };
  },
});

for (const [path, heading] of [
  ["/deployment", "Deployment"],
  ["/users", "Users"],
  ["/settings/security", "Security"],
  ["/agents/analytics", "Your usage"],
] as const) {
  test(`the short address ${path} leads to its page`, async () => {
    const tab = await all.open();
    await tab.page.goto(path);
    await tab.page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await tab.close();
  });
}

test("the health page names the sandbox, every check and every setting, and no secret", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/deployment");
  await page.getByRole("table", { name: "Layers of the sandbox" }).waitFor();
  await page
    .getByRole("table", { name: "Checks of this machine" })
    .getByText("git", { exact: true })
    .waitFor();
  await page.getByRole("cell", { name: /^encryption_keys/ }).waitFor();
  expect(await page.content()).not.toContain(KEY);
  await page.getByRole("button", { name: "Check again" }).click();
  await page.getByRole("button", { name: "Check again" }).waitFor();
  await tab.close();
});

test("a key of the environment is used only after somebody has said so", async () => {
  const tab = await all.open();
  const { page } = tab;
  await page.goto("/agents/welcome");
  await page.getByText("ANTHROPIC_API_KEY").waitFor();
  expect(await page.content()).not.toContain(KEY);
  await shoot(tab, "first-run-found-key-desk-light");
  await audit(tab);
  await page.getByRole("button", { name: "Use this key" }).click();
  await page.getByLabel("Identifier").waitFor();
  await page.goto("/agents/settings/providers");
  await page
    .getByRole("row", { name: /Anthropic/ })
    .getByText("Set", { exact: true })
    .waitFor();
  await tab.close();
});

test("somebody changes their password and ends another session of theirs", async () => {
  const admin = await all.open();
  await admin.page.goto("/agents");
  const made = await admin.page.evaluate(async () => {
    const token = document.cookie.split("csrf_token=")[1]?.split(";")[0] ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRF-TOKEN": token };
    const body = JSON.stringify({
      email: "ada@example.org",
      username: "ada",
      password: "correct horse battery staple 7",
    });
    return (await fetch("/api/v2/users", { method: "POST", headers, body })).status;
  });
  expect(made).toBe(201);
  await admin.close();

  const signInAs = async (tab: Tab, password: string) => {
    await tab.page.goto("/login");
    await tab.page.getByLabel("Email").fill("ada@example.org");
    await tab.page.getByLabel("Password").fill(password);
    await tab.page.getByRole("button", { name: "Sign in" }).click();
  };
  const elsewhere = await openTab(all.browser, all.server, { expected: /401/ });
  await signInAs(elsewhere, "correct horse battery staple 7");
  await elsewhere.page.waitForURL(/\/agents/);
  // Whom to ask, by name.
  await elsewhere.page.getByText(/Ask admin, who administers this server/).waitFor();

  const tab = await openTab(all.browser, all.server, { expected: /40[03]/ });
  const { page } = tab;
  await signInAs(tab, "correct horse battery staple 7");
  await page.waitForURL(/\/agents/);
  await page.goto("/settings/security");
  await page.getByRole("button", { name: /^End/ }).waitFor();
  await shoot(tab, "security-desk-light");
  await audit(tab);
  await page.getByLabel("Current password").fill("wrong");
  await page.getByLabel("New password", { exact: true }).fill("wholly new horse staple 8");
  await page.getByLabel("New password again").fill("something else");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("The two differ.").waitFor();
  await page.getByLabel("New password again").fill("wholly new horse staple 8");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("It is not the password.").waitFor();
  await page.getByLabel("Current password").fill("correct horse battery staple 7");
  await page.getByRole("button", { name: "Change password" }).click();
  await page.getByText("Saved").waitFor();
  // The other session is gone from the list, and signed out where it was.
  await page.getByRole("button", { name: /^End/ }).waitFor({ state: "detached" });
  await elsewhere.page.reload();
  await elsewhere.page.waitForURL(/\/login\?redirect=%2Fagents/);
  await elsewhere.close();
  // What an admin sees is none of hers.
  await page.goto("/deployment");
  await page.getByText("You don’t have access").waitFor();
  await tab.close();
});

test("without the server there is a page that says so, and nothing else is kept", async () => {
  // The lost connection is what this is about.
  const tab = await all.open({ expected: /ERR_|WebSocket|Failed to load/ });
  const { page } = tab;
  await page.goto("/agents/settings/appearance");
  await page.getByRole("heading", { name: "Appearance" }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.reload();
  await page.getByRole("heading", { name: "Appearance" }).waitFor();
  const kept = await page.evaluate(async () => {
    const found = await Promise.all(
      (await caches.keys()).map(async (name) => (await caches.open(name)).keys()),
    );
    return found.flat().map((request) => new URL(request.url).pathname);
  });
  const others = kept.filter((path) => !path.startsWith("/assets/"));
  expect(others.sort()).toEqual(["/offline.html", "/offline.js"]);
  expect(kept.some((path) => path.startsWith("/assets/"))).toBe(true);
  await all.server.kill();
  await page.goto("/agents").catch(() => {});
  await page.getByRole("heading", { name: "The server can’t be reached" }).waitFor();
  await shoot(tab, "offline-desk-light");
  await audit(tab);
  await all.server.restart();
  await page.getByRole("button", { name: "Look now" }).click();
  await page.getByRole("navigation", { name: "Chats" }).waitFor();
  await tab.close();
});

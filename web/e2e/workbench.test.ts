// The right panel with a real workspace: live changes, terminals, context.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { audit, shoot, type Theme, type Width } from "./harness";
import { stand } from "./kit/stand";

const SCRIPT = `
name = "workbench"
seed = 1

[[on]]
purpose = "title"
reply.object = { title = "Notes" }

[[on]]
user = "take a note"
step = 1
reply.call = [{ tool = "execute", args = { command = "cd ~/demo && echo noted > notes.txt" } }]

[[on]]
user = "take a note"
step = 2
reply.text = "I have taken a note."

[[on]]
else = true
reply.text = "Hello to you."
`;

const all = stand({
  flags: ["--demo"],
  name: "workbench",
  script: SCRIPT,
  // The demo has an account of the other kind already.
  look: { display_name: "Scripted", provider: "anthropic" },
});
let chat: string;

/** A chat in the workspace that the demo has made. */
async function beginChat(page: Page): Promise<string> {
  return await page.evaluate(async () => {
    const token = document.cookie.split("csrf_token=")[1]?.split(";")[0] ?? "";
    const get = async (path: string) => (await fetch(`/api/v2${path}`)).json();
    const { workspaces } = await get("/workspaces");
    const { providers } = await get("/chats/models");
    const models = providers.flatMap((one: { models: unknown[] }) => one.models);
    const scripted = models.find((one: { is_default: boolean }) => one.is_default);
    const answer = await fetch("/api/v2/chats", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-TOKEN": token },
      body: JSON.stringify({
        content: [{ type: "text", text: "Hello" }],
        workspace_id: workspaces[0].id,
        model_config_id: scripted.model_config_id,
      }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()).id;
  });
}

beforeAll(async () => {
  const { page } = all.tab;
  await page.locator("[data-chat]").first().click();
  await page.getByText("Finished.", { exact: true }).waitFor();
  chat = await beginChat(page);
});

const panel = (page = all.tab.page) => page.getByRole("complementary", { name: "Panel" });
const output = (page = all.tab.page) => panel(page).locator(".xterm-accessibility-tree");

test("a file that the agent changes is among the changes without a reload", async () => {
  const { page } = all.tab;
  await page.goto(`/agents/${chat}?panel=git`);
  // What the demo has left uncommitted.
  await panel().getByText("1 uncommitted").waitFor();
  await panel()
    .getByRole("region", { name: /Changes in stats\.sh/ })
    .waitFor();
  const field = page.getByRole("textbox", { name: "Message" });
  await field.fill("Please take a note");
  await field.press("Enter");
  await panel().getByText("2 uncommitted").waitFor();
  await panel()
    .getByRole("region", { name: /Changes in notes\.txt/ })
    .getByText("noted")
    .waitFor();
  await page.getByText("I have taken a note.").waitFor();
  await audit(all.tab);
  await panel().getByRole("button", { name: "Ask to commit" }).click();
  await field.getByText("Commit the 2 uncommitted changes in").waitFor();
  await field.press("Control+A");
  await field.press("Delete");
  await panel().getByRole("button", { name: "Mark viewed" }).first().click();
  await page.reload();
  await panel().getByRole("button", { name: "Viewed", exact: true }).waitFor();
});

test("a terminal is the same shell after a reload", async () => {
  const { page } = all.tab;
  // So that its text can be read here: otherwise it is a picture.
  await page.evaluate(() => localStorage.setItem("muster.screen-reader", "on"));
  await page.goto(`/agents/${chat}?panel=terminal`);
  await output().getByText("$").first().waitFor();
  // An address alone takes the focus from nobody.
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  await panel().locator(".xterm-helper-textarea").focus();
  await page.keyboard.type("HELD=still-here; cd ~/demo; echo be''fore\n");
  await output().getByText("before", { exact: true }).first().waitFor();
  await page.reload();
  await output().getByText("before", { exact: true }).first().waitFor();
  await panel().locator(".xterm-helper-textarea").focus();
  await page.keyboard.type("echo $HELD in $PWD | tr a-z A-Z\n");
  await output().getByText("STILL-HERE IN /HOME/AGENT/DEMO").first().waitFor();
  await audit(all.tab);

  await page.keyboard.press("Control+Shift+Escape");
  const focused = await page.evaluate(() => document.activeElement?.textContent);
  expect(focused).toBe("Terminal");

  // A second one is another shell; back in the first one nothing was lost.
  await panel().getByRole("button", { name: "New terminal" }).click();
  await output().getByText("$").first().waitFor();
  await page.keyboard.type('test -z "$HELD" && echo another | tr a-z A-Z\n');
  await output().getByText("ANOTHER").first().waitFor();
  await panel()
    .getByRole("tab", { name: /demo|Terminal 1/ })
    .first()
    .click();
  await output().getByText("STILL-HERE IN /HOME/AGENT/DEMO").first().waitFor();
  // The arrow keys go along the tabs, and Enter goes into a terminal.
  await panel().getByRole("tablist", { name: "Terminals" }).getByRole("tab").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await panel().getByRole("tabpanel", { name: "Terminal 2" }).waitFor();
  await output().getByText("ANOTHER").first().waitFor();
  await page.keyboard.type("echo typ''ed\n");
  await output().getByText("typed", { exact: true }).first().waitFor();
  await panel().getByRole("tablist", { name: "Terminals" }).getByRole("tab").first().click();
});

test("a shell that has ended says so and can be started again", async () => {
  const { page } = all.tab;
  await panel().locator(".xterm-helper-textarea").focus();
  await page.keyboard.type("exit\n");
  await panel().getByText("The shell has ended.").waitFor();
  await panel().getByRole("button", { name: "Start another one" }).click();
  await output().getByText("$").first().waitFor();
  await page.keyboard.type("echo ag''ain\n");
  await output().getByText("again", { exact: true }).first().waitFor();
});

test("a link in a terminal is opened only after a question", async () => {
  const { page } = all.tab;
  await page.keyboard.type("clear; echo http''s://example.com/x\n");
  const link = output().getByText("https://example.com/x", { exact: true }).first();
  await link.waitFor();
  const box = await panel().locator(".xterm-screen").boundingBox();
  await page.mouse.move((box?.x ?? 0) + 40, (box?.y ?? 0) + 8);
  await page.mouse.move((box?.x ?? 0) + 42, (box?.y ?? 0) + 9);
  await page.mouse.click((box?.x ?? 0) + 42, (box?.y ?? 0) + 9);
  const question = page.getByRole("dialog", { name: "Open example.com?" });
  await question.getByText("https://example.com/x").waitFor();
  await question.getByRole("button", { name: "Cancel" }).click();
});

test("the panel is moved with the keyboard, remembered and shown at full width", async () => {
  const { page } = all.tab;
  await page.goto(`/agents/${chat}?panel=context`);
  await panel()
    .getByText(/of 200k tokens|Nothing counted yet/)
    .waitFor();
  await panel().getByText("Earlier messages are summarised at").waitFor();
  const edge = page.getByRole("separator", { name: "Width of the panel" });
  const width = async () => (await panel().boundingBox())?.width ?? 0;
  const before = await width();
  await edge.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(width).toBe(before + 48);
  await page.reload();
  await panel().getByText("Earlier messages are summarised at").waitFor();
  await expect.poll(width).toBe(before + 48);
  await audit(all.tab);
  await page.getByRole("button", { name: "Full width" }).click();
  await expect.poll(width).toBeGreaterThan(1_000);
  await page.getByRole("button", { name: "Beside the conversation" }).click();
});

const LOOKS: [Width, Theme][] = [
  ["desk", "light"],
  ["desk", "dark"],
  ["phone", "light"],
  ["phone", "dark"],
];

test.each(LOOKS)("the panel's tabs on a %s, %s", async (width, theme) => {
  const look = await all.open({ width, theme });
  await look.page.goto("/agents");
  await look.page.evaluate(() => localStorage.setItem("muster.screen-reader", "on"));
  await look.page.goto(`/agents/${chat}?panel=git`);
  await panel(look.page).getByText("2 uncommitted").waitFor();
  await shoot(look, `panel-git-${width}-${theme}`);
  await audit(look);
  await look.page.goto(`/agents/${chat}?panel=terminal`);
  await output(look.page).getByText("$").first().waitFor();
  await panel(look.page).locator(".xterm-helper-textarea").focus();
  await look.page.keyboard.type("cd ~/demo && clear && git --no-pager diff --stat --color\n");
  await output(look.page).getByText("1 file changed").waitFor();
  await shoot(look, `panel-terminal-${width}-${theme}`);
  await audit(look);
  await look.page.goto(`/agents/${chat}?panel=context`);
  await panel(look.page).getByText("Earlier messages are summarised at").waitFor();
  await shoot(look, `panel-context-${width}-${theme}`);
  await audit(look);
  await look.close();
});

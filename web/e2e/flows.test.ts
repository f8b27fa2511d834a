// What people do in a conversation, with a model that answers slowly enough to be met.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audit, Model, openBrowser, openTab, Server, shoot, signIn, type Tab } from "./harness";

const SCRIPT = `
name = "flows"
seed = 1
pace = { first_ms = 100, gap_ms = 40, chunk_chars = 6 }

[[on]]
purpose = "title"
reply.object = { title = "A slow story" }

[[on]]
user = "story"
reply.reasoning = "A story needs a beginning. It also needs an end."
reply.text = """
Once there was a server that **never slept**. It counted: one, two, three, four, five, six, \
seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen, \
eighteen, nineteen, twenty. Then it counted back, slowly, as if it had all the time there is, \
and when it came to one it stopped and said the word *done*.

- first it woke
- then it worked

The end of the story.
"""

[[on]]
user = "essay"
reply.text = """
Once there was an essay. ${"It went on and on, and nobody knew when it would end. ".repeat(40)}
"""

[[on]]
user = "hostile"
reply.text = """
<script>window.pwned = 1</script> <img src=x onerror="window.pwned = 2">

![tracker](https://evil.example/pixel.png) and [a page](javascript:window.pwned=3)

[https://good.example](https://evil.example/login)

<svg onload="window.pwned = 4"></svg>

End of the hostile text.
"""

[[on]]
user = "refuse"
reply.fault = { status = 401 }

[[on]]
else = true
reply.text = "A short answer."
`;

let server: Server;
let model: Model;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  [server, model, browser] = await Promise.all([
    Server.start([]),
    Model.start(SCRIPT),
    openBrowser(),
  ]);
  tab = await openTab(browser, server, {
    expected: /WebSocket|ERR_CONNECTION|Failed to load resource/,
  });
  await signIn(tab, server);
  await tab.page.getByText("One model, then you can start").waitFor();
  await shoot(tab, "no-model-desk-light");
  await audit(tab);
  await model.configure(tab, "flows");
  await tab.page.reload();
});

afterAll(async () => {
  await tab?.close();
  await browser?.close();
  await Promise.all([server?.stop(), model?.stop()]);
});

const field = () => tab.page.getByRole("textbox", { name: "Message" });
const status = () => tab.page.locator(".status");

async function begin(words: string): Promise<void> {
  await tab.page.goto(`${server.url}/agents`);
  await field().fill(words);
  await field().press("Enter");
  await tab.page.waitForURL(/\/agents\/[0-9a-f-]{36}/);
}

test("queue, edit what is queued, remove it, stop, and begin again from an earlier message", async () => {
  await begin("Write an essay");
  await tab.page.getByText("Once there was").waitFor();
  await shoot(tab, "running-desk-light");

  const queue = tab.page.getByRole("list", { name: "Queued messages" });
  await field().fill("And another one");
  await tab.page.getByRole("button", { name: "Queue", exact: true }).click();
  await queue.getByText("And another one").waitFor();
  await shoot(tab, "queued-desk-light");
  await queue.getByRole("button", { name: "Edit" }).click();
  await queue.waitFor({ state: "detached" });
  expect(await field().textContent()).toBe("And another one");
  await field().press("Enter");
  await queue.getByRole("button", { name: "Remove" }).click();
  await queue.waitFor({ state: "detached" });

  await tab.page.keyboard.press("Control+.");
  await tab.page.getByRole("button", { name: "Send", exact: true }).waitFor();
  // What was written is kept.
  expect(await tab.page.getByRole("log").textContent()).toContain("Once there was");

  await field().press("ArrowUp");
  await tab.page.getByText("Later messages are removed, files stay.").waitFor();
  await shoot(tab, "editing-desk-light");
  await field().fill("Say something short");
  await tab.page.getByRole("button", { name: "Restart from here" }).click();
  await tab.page.getByText("A short answer.").waitFor();
  expect(await tab.page.getByRole("log").textContent()).not.toContain("Once there was");
  await audit(tab);
});

test("a refused key ends the turn with the reason, and the text can be sent again", async () => {
  await begin("Please refuse this");
  await tab.page.getByRole("alert").getByText("Authentication", { exact: true }).waitFor();
  await status().getByText("Failed:").waitFor();
  await shoot(tab, "failed-desk-light");
  await audit(tab);
  await tab.page.getByRole("button", { name: "Send again" }).click();
  expect(await field().textContent()).toBe("Please refuse this");
});

test("hostile text runs nothing and loads nothing", async () => {
  await begin("Now something hostile");
  await tab.page.getByText("End of the hostile text.").waitFor();
  const log = tab.page.getByRole("log");
  expect(await log.textContent()).toContain("<script>window.pwned = 1</script>");
  expect(await log.locator("img, script, svg[onload]").count()).toBe(0);
  expect(await tab.page.evaluate(() => "pwned" in window)).toBe(false);
  await log.getByText("(leads to evil.example)").waitFor();
  await shoot(tab, "hostile-desk-light");
});

test("cut again and again, the conversation reads as if it never was", async () => {
  let cuts = 0;
  await tab.page.routeWebSocket(/\/chats\/[^/]+\/stream/, (socket) => {
    const far = socket.connectToServer();
    let frames = 0;
    far.onMessage((frame) => {
      socket.send(frame);
      frames += 1;
      if (frames >= 3 && cuts < 12) {
        cuts += 1;
        void socket.close({ code: 4000 });
        void far.close({ code: 4000 });
      }
    });
  });
  await begin("Tell a story");
  await tab.page.getByText("The end of the story.").waitFor();
  await status().getByText("Finished.").waitFor();
  const words = ((await tab.page.getByRole("log").textContent()) ?? "").replace(/\s+/g, " ");
  expect(cuts).toBeGreaterThan(3);
  for (const piece of ["Once there was", "nineteen, twenty", "then it worked", "The end of"]) {
    expect(words.split(piece).length, piece).toBe(2);
  }
  await tab.page.unrouteAll();
});

test("a server that dies in the middle is waited for, and the turn goes on", async () => {
  await begin("Tell a story");
  await tab.page.getByText("Once there was").waitFor();
  await server.kill();
  await tab.page.getByText("You can read on. Nothing is lost.").waitFor();
  await shoot(tab, "reconnecting-desk-light");
  await server.restart();
  await tab.page.getByText("The end of the story.").waitFor();
  await status().getByText("Finished.").waitFor();
  const words = (await tab.page.getByRole("log").textContent()) ?? "";
  expect(words.split("The end of the story.").length).toBe(2);
});

test("every flow has its keys", async () => {
  await tab.page.locator("body").click({ position: { x: 700, y: 20 } });
  await tab.page.keyboard.press("?");
  await tab.page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await shoot(tab, "help-desk-light");
  await tab.page.keyboard.press("Escape");
  await tab.page.keyboard.press("Control+k");
  const search = tab.page.getByRole("combobox");
  await search.fill("story");
  await tab.page.getByRole("option").first().waitFor();
  await shoot(tab, "palette-desk-light");
  await audit(tab);
  await tab.page.keyboard.press("Escape");
  await tab.page.keyboard.press("]");
  await tab.page.getByRole("complementary", { name: "Changes" }).waitFor();
  await tab.page.keyboard.press("]");
  await tab.page.keyboard.press("/");
  expect(await field().evaluate((element) => element === document.activeElement)).toBe(true);
});

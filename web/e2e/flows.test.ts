// What people do in a conversation, with a model that answers slowly enough to be met.
import { beforeAll, expect, test } from "vitest";
import { audit, shoot } from "./harness";
import { stand } from "./kit/stand";

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

const all = stand({
  script: SCRIPT,
  expected: /WebSocket|ERR_CONNECTION|Failed to load resource/,
});

beforeAll(async () => {
  const { page } = all.tab;
  await page.getByText("One model, then you can start").waitFor();
  await shoot(all.tab, "no-model-desk-light");
  await audit(all.tab);
  await all.model.configure(all.tab, "flows");
  await page.reload();
});

const field = () => all.tab.page.getByRole("textbox", { name: "Message" });
const status = () => all.tab.page.locator(".status");

async function begin(words: string): Promise<void> {
  await all.tab.page.goto("/agents");
  await field().fill(words);
  await field().press("Enter");
  await all.tab.page.waitForURL(/\/agents\/[0-9a-f-]{36}/);
}

test("queue, edit what is queued, remove it, stop, and begin again from an earlier message", async () => {
  await begin("Write an essay");
  await all.tab.page.getByText("Once there was").waitFor();
  await shoot(all.tab, "running-desk-light");

  const queue = all.tab.page.getByRole("list", { name: "Queued messages" });
  await field().fill("And another one");
  await all.tab.page.getByRole("button", { name: "Queue", exact: true }).click();
  await queue.getByText("And another one").waitFor();
  await shoot(all.tab, "queued-desk-light");
  await queue.getByRole("button", { name: "Edit" }).click();
  await queue.waitFor({ state: "detached" });
  await expect.poll(() => field().textContent()).toBe("And another one");
  await field().press("Enter");
  await queue.getByRole("button", { name: "Remove" }).click();
  await queue.waitFor({ state: "detached" });

  await all.tab.page.keyboard.press("Control+.");
  await all.tab.page.getByRole("button", { name: "Send", exact: true }).waitFor();
  // What was written is kept.
  expect(await all.tab.page.getByRole("log").textContent()).toContain("Once there was");

  await field().press("ArrowUp");
  await all.tab.page.getByText("Later messages are removed, files stay.").waitFor();
  await shoot(all.tab, "editing-desk-light");
  await field().fill("Say something short");
  await all.tab.page.getByRole("button", { name: "Restart from here" }).click();
  await all.tab.page.getByText("A short answer.").waitFor();
  expect(await all.tab.page.getByRole("log").textContent()).not.toContain("Once there was");
  await audit(all.tab);
});

test("a refused key ends the turn with the reason, and the text can be sent again", async () => {
  await begin("Please refuse this");
  await all.tab.page.getByRole("alert").getByText("Authentication", { exact: true }).waitFor();
  await status().getByText("Failed:").waitFor();
  await shoot(all.tab, "failed-desk-light");
  await audit(all.tab);
  await all.tab.page.getByRole("button", { name: "Send again" }).click();
  await expect.poll(() => field().textContent()).toBe("Please refuse this");
});

test("hostile text runs nothing and loads nothing", async () => {
  await begin("Now something hostile");
  await all.tab.page.getByText("End of the hostile text.").waitFor();
  const log = all.tab.page.getByRole("log");
  await expect.poll(() => log.textContent()).toContain("<script>window.pwned = 1</script>");
  expect(await log.locator("img, script, svg[onload]").count()).toBe(0);
  expect(await all.tab.page.evaluate(() => "pwned" in window)).toBe(false);
  await log.getByText("(leads to evil.example)").waitFor();
  await shoot(all.tab, "hostile-desk-light");
});

test("cut again and again, the conversation reads as if it never was", async () => {
  let cuts = 0;
  await all.tab.page.routeWebSocket(/\/chats\/[^/]+\/stream/, (socket) => {
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
  await all.tab.page.getByText("The end of the story.").waitFor();
  await status().getByText("Finished.").waitFor();
  const words = ((await all.tab.page.getByRole("log").textContent()) ?? "").replace(/\s+/g, " ");
  expect(cuts).toBeGreaterThan(3);
  for (const piece of ["Once there was", "nineteen, twenty", "then it worked", "The end of"]) {
    expect(words.split(piece).length, piece).toBe(2);
  }
  await all.tab.page.unrouteAll();
});

test("a server that dies in the middle is waited for, and the turn goes on", async () => {
  await begin("Tell a story");
  await all.tab.page.getByText("Once there was").waitFor();
  await all.server.kill();
  await all.tab.page.getByText("You can read on. Nothing is lost.").waitFor();
  await shoot(all.tab, "reconnecting-desk-light");
  await all.server.restart();
  await all.tab.page.getByText("The end of the story.").waitFor();
  await status().getByText("Finished.").waitFor();
  const words = (await all.tab.page.getByRole("log").textContent()) ?? "";
  expect(words.split("The end of the story.").length).toBe(2);
});

test("every flow has its keys", async () => {
  await all.tab.page.locator("body").click({ position: { x: 700, y: 20 } });
  await all.tab.page.keyboard.press("?");
  await all.tab.page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await shoot(all.tab, "help-desk-light");
  await all.tab.page.keyboard.press("Escape");
  await all.tab.page.keyboard.press("Control+k");
  const search = all.tab.page.getByRole("combobox");
  await search.fill("story");
  await all.tab.page.getByRole("option").first().waitFor();
  await shoot(all.tab, "palette-desk-light");
  await audit(all.tab);
  await all.tab.page.keyboard.press("Escape");
  await all.tab.page.keyboard.press("]");
  await all.tab.page.getByRole("complementary", { name: "Panel" }).waitFor();
  await all.tab.page.keyboard.press("]");
  await all.tab.page.keyboard.press("/");
  await expect
    .poll(() => field().evaluate((element) => element === document.activeElement))
    .toBe(true);
});

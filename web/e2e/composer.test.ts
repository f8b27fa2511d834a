// What people put into messages: files, long pastes, lines of files, labels, an effort.
import { beforeAll, expect, test } from "vitest";
import { audit, shoot } from "./harness";
import { stand } from "./kit/stand";

const SCRIPT = `
name = "composer"
seed = 1
pace = { first_ms = 100, gap_ms = 40, chunk_chars = 6 }

[[on]]
purpose = "title"
reply.object = { title = "Things in messages" }

[[on]]
user = "essay"
reply.text = """
Once there was an essay. ${"It went on and on, and nobody knew when it would end. ".repeat(60)}
"""

[[on]]
else = true
reply.text = "A short answer."
`;

/** A picture of one red dot. */
const DOT = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);
const picture = { name: "dot.png", mimeType: "image/png", buffer: DOT };
const notes = { name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# Notes\n") };

const all = stand({
  name: "composer",
  script: SCRIPT,
  expected: /Failed to load resource|ERR_FAILED/,
});

beforeAll(() => all.tab.page.setDefaultTimeout(15_000));

const field = () => all.tab.page.getByRole("textbox", { name: "Message" });
// biome-ignore lint/performance/useDomNodeTextContent: line breaks are what is looked at
const words = () => field().evaluate((one) => (one as HTMLElement).innerText.trim());
const attachments = () => all.tab.page.getByRole("list", { name: "Attachments" });

/** The plain field has the focus when the page opens, and makes room once it is left. */
async function editor(): Promise<void> {
  await all.tab.page.getByRole("heading", { name: "What should be done?" }).click();
  await all.tab.page.locator(".editor[contenteditable=true]").waitFor();
}

async function fresh(): Promise<void> {
  await all.tab.page.goto(`${all.server.url}/agents`);
  await editor();
}

/** As a person would: setting the selection from outside is not what the field listens to. */
async function clear(): Promise<void> {
  await field().focus();
  await all.tab.page.keyboard.press("Control+a");
  await all.tab.page.keyboard.press("Delete");
}

async function attach(...files: (typeof picture)[]): Promise<void> {
  await all.tab.page.getByLabel("Files to attach").setInputFiles(files);
  await attachments().waitFor();
}

async function begin(text: string): Promise<void> {
  await fresh();
  await field().fill(text);
  await field().press("Enter");
  await all.tab.page.waitForURL(/\/agents\/[0-9a-f-]{36}/);
  await all.tab.page.locator(".editor[contenteditable=true]").waitFor();
}

function paste(data: Record<string, string>): Promise<void> {
  return field().evaluate((target, entries) => {
    const clipboardData = new DataTransfer();
    for (const [type, text] of Object.entries(entries)) clipboardData.setData(type, text);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
  }, data);
}

test("a picture goes along, shows as a thumbnail and opens large", async () => {
  await fresh();
  await field().fill("What is wrong here?");
  await attach(picture, notes);
  await all.tab.page.getByRole("button", { name: "Remove dot.png" }).waitFor();
  await all.tab.page.getByRole("button", { name: "Remove notes.md" }).waitFor();
  await shoot(all.tab, "composer-attached-desk-light");
  await audit(all.tab);
  await all.tab.page.getByRole("button", { name: "Send", exact: true }).click();
  await all.tab.page.waitForURL(/\/agents\/[0-9a-f-]{36}/);
  const thumbnail = all.tab.page.getByRole("list", { name: "Pictures" }).getByAltText("dot.png");
  await thumbnail.waitFor();
  await all.tab.page.getByText("A short answer.").waitFor();
  await all.tab.page.reload();
  await thumbnail.click();
  const large = all.tab.page.getByRole("dialog", { name: "dot.png" });
  await large.getByAltText("dot.png").waitFor();
  await shoot(all.tab, "lightbox-desk-light");
  await audit(all.tab);
  await all.tab.page.keyboard.press("Escape");
  await large.waitFor({ state: "detached" });
  await all.tab.page.getByRole("list", { name: "Files" }).getByText("notes.md").click();
  await all.tab.page.getByRole("dialog", { name: "notes.md" }).getByText("# Notes").waitFor();
  await all.tab.page.keyboard.press("Escape");
});

test("what is not taken says so before it is sent anywhere", async () => {
  await fresh();
  const asked: string[] = [];
  all.tab.page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/chats/files")) {
      asked.push(request.url());
    }
  });
  await attach(
    { name: "scan.png", mimeType: "image/png", buffer: Buffer.alloc(10 * 1024 * 1024 + 1) },
    { name: "page.svg", mimeType: "image/svg+xml", buffer: Buffer.from("<svg/>") },
  );
  await attachments().getByText("is over 10 MiB").waitFor();
  await attachments().getByText("is of a type that is not taken").waitFor();
  await field().fill("x");
  await field().press("Enter");
  await all.tab.page.getByText("Remove the file that failed, or try it again.").waitFor();
  await shoot(all.tab, "composer-refused-desk-light");
  expect(asked).toEqual([]);
  await all.tab.page.getByRole("button", { name: "Remove scan.png" }).click();
  await all.tab.page.getByRole("button", { name: "Remove page.svg" }).click();
  await attachments().waitFor({ state: "detached" });
  await clear();
});

test("an upload that fails is tried again, and sending waits for it", async () => {
  await fresh();
  await field().fill("Look");
  let calls = 0;
  let release = () => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  await all.tab.page.route("**/chats/files", async (route) => {
    calls += 1;
    if (calls === 1) return route.abort();
    await held;
    return route.continue();
  });
  await attach(picture);
  await all.tab.page.getByRole("button", { name: "Try again dot.png" }).click();
  await all.tab.page.getByRole("progressbar", { name: "dot.png" }).waitFor();
  const send = all.tab.page.getByRole("button", { name: "Send waits for uploads" });
  await expect.poll(() => send.isDisabled()).toBe(true);
  await shoot(all.tab, "composer-uploading-desk-light");
  release();
  await all.tab.page.getByRole("button", { name: "Send", exact: true }).waitFor();
  await all.tab.page.unrouteAll({ behavior: "wait" });
  await all.tab.page.getByRole("button", { name: "Remove dot.png" }).click();
  await clear();
});

test("a long paste becomes a file, and text again when that is asked for", async () => {
  await fresh();
  await field().focus();
  await paste({ "text/plain": "plain words", "text/html": "<b>plain</b> <i>words</i>" });
  await expect.poll(words).toBe("plain words");
  await clear();
  await paste({ "text/plain": Array(60).fill("a line").join("\n") });
  const chip = attachments().getByRole("button", { name: /^pasted-text-[\d-]{19}\.txt$/ });
  await chip.waitFor();
  await expect.poll(words).toBe("");
  await chip.click();
  await all.tab.page.getByRole("menuitem", { name: "Preview" }).click();
  await all.tab.page.getByRole("dialog").getByText("a line").waitFor();
  await shoot(all.tab, "composer-paste-preview-desk-light");
  await all.tab.page.keyboard.press("Escape");
  await chip.click();
  await all.tab.page.getByRole("menuitem", { name: "Insert as text" }).click();
  await attachments().waitFor({ state: "detached" });
  expect((await words()).split("\n").length).toBe(60);
  await clear();
});

/** Gives files to the page as the system does when they are dropped on it or pasted. */
function give(kind: "drop" | "paste", name: string): Promise<void> {
  return field().evaluate(
    (target, [event, file, bytes]) => {
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0));
      data.items.add(new File([content], file, { type: "image/png" }));
      const about = { bubbles: true, cancelable: true };
      if (event === "paste") {
        target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, ...about }));
        return;
      }
      for (const type of ["dragenter", "dragover", "drop"]) {
        target.dispatchEvent(new DragEvent(type, { dataTransfer: data, ...about }));
      }
    },
    [kind, name, DOT.toString("base64")] as const,
  );
}

test("a picture is attached by dropping it anywhere or pasting it", async () => {
  await fresh();
  await give("paste", "pasted.png");
  await all.tab.page.getByRole("button", { name: "Remove pasted.png" }).waitFor();
  await give("drop", "dropped.png");
  await all.tab.page.getByRole("button", { name: "Remove dropped.png" }).waitFor();
  await expect.poll(words).toBe("");
  await all.tab.page.getByRole("button", { name: "dropped.png", exact: true }).click();
  await all.tab.page.getByRole("dialog", { name: "dropped.png" }).getByText("2 of 2").waitFor();
  await all.tab.page.keyboard.press("ArrowLeft");
  await all.tab.page.getByRole("dialog", { name: "pasted.png" }).getByText("1 of 2").waitFor();
  await all.tab.page.keyboard.press("Escape");
  await all.tab.page.getByRole("button", { name: "Remove pasted.png" }).click();
  await all.tab.page.getByRole("button", { name: "Remove dropped.png" }).click();
});

test("a draft and its files survive a reload", async () => {
  await fresh();
  await field().fill("Half a thought");
  await attach(picture);
  await all.tab.page.getByRole("button", { name: "Remove dot.png" }).waitFor();
  await all.tab.page.reload();
  await editor();
  await expect.poll(words).toBe("Half a thought");
  await all.tab.page.getByRole("button", { name: "Remove dot.png" }).click();
  await clear();
});

test("what is queued comes back with its files, before what was written meanwhile", async () => {
  await begin("Write an essay");
  await all.tab.page.getByText("Once there was").waitFor();
  await field().fill("And look at this");
  await attach(picture);
  await all.tab.page.getByRole("button", { name: "Remove dot.png" }).waitFor();
  await all.tab.page.getByRole("button", { name: "Queue", exact: true }).click();
  const queue = all.tab.page.getByRole("list", { name: "Queued messages" });
  await queue.getByText("dot.png").waitFor();
  await shoot(all.tab, "composer-queued-desk-light");
  await field().fill("Something new");
  await queue.getByRole("button", { name: "Edit" }).click();
  await queue.waitFor({ state: "detached" });
  await attachments().getByText("dot.png").waitFor();
  await expect.poll(words).toBe("And look at this\n\nSomething new");
  await all.tab.page.getByRole("button", { name: "Other ways to send" }).click();
  await shoot(all.tab, "composer-busy-menu-desk-light");
  await all.tab.page.getByRole("menuitem", { name: "Interrupt and send" }).click();
  await all.tab.page.getByRole("list", { name: "Pictures" }).getByAltText("dot.png").waitFor();
  await all.tab.page.getByText("A short answer.").waitFor();

  await field().fill("My draft");
  await clear();
  await field().press("ArrowUp");
  await all.tab.page.getByText("Later messages are removed, files stay.").waitFor();
  await attachments().getByText("dot.png").waitFor();
  await expect.poll(words).toBe("And look at this\n\nSomething new");
  await shoot(all.tab, "composer-editing-desk-light");
  await field().press("Escape");
  await attachments().waitFor({ state: "detached" });
  await expect.poll(words).toBe("");
});

test("a message that did not arrive keeps its files, also over a reload", async () => {
  await begin("Hello");
  await all.tab.page.getByText("A short answer.").waitFor();
  await all.tab.page.route("**/messages", (route) =>
    route.request().method() === "POST" ? route.abort() : route.continue(),
  );
  await field().fill("Lost on the way");
  await attach(picture);
  await all.tab.page.getByRole("button", { name: "Remove dot.png" }).waitFor();
  await field().press("Enter");
  const unsent = all.tab.page.getByRole("alert").filter({ hasText: "Not sent." });
  await unsent.waitFor();
  await shoot(all.tab, "composer-not-sent-desk-light");
  await audit(all.tab);
  await all.tab.page.unrouteAll({ behavior: "wait" });
  await all.tab.page.reload();
  await unsent.waitFor();
  await all.tab.page.getByAltText("dot.png").waitFor();
  await unsent.getByRole("button", { name: "Edit" }).click();
  await unsent.waitFor({ state: "detached" });
  await attachments().getByText("dot.png").waitFor();
  await expect.poll(words).toBe("Lost on the way");
  await field().press("Enter");
  await all.tab.page.getByRole("list", { name: "Pictures" }).getByAltText("dot.png").waitFor();
  await unsent.waitFor({ state: "detached" });
});

test("twenty messages wait, the next one keeps its text", async () => {
  await begin("Write an essay");
  await all.tab.page.getByText("Once there was").waitFor();
  const full = await all.tab.page.evaluate(async () => {
    const chat = location.pathname.split("/").at(-1);
    const token = document.cookie.split("csrf_token=")[1]?.split(";")[0] ?? "";
    const headers = { "Content-Type": "application/json", "X-CSRF-TOKEN": token };
    for (let at = 1; at <= 20; at += 1) {
      const body = JSON.stringify({ content: [{ type: "text", text: `Number ${at}` }] });
      const path = `/api/v2/chats/${chat}/messages`;
      const answer = await fetch(path, { method: "POST", headers, body });
      if (!answer.ok) return answer.status;
    }
    return 200;
  });
  expect(full).toBe(200);
  await all.tab.page.getByText("Number 20").waitFor();
  await field().fill("One too many");
  await field().press("Enter");
  await all.tab.page.getByText("Your text is kept here.").waitFor();
  await expect.poll(words).toBe("One too many");
  await shoot(all.tab, "composer-queue-full-desk-light");
  await audit(all.tab);
  await clear();
});

test("labels are given to a new chat and changed in its menu", async () => {
  await fresh();
  await all.tab.page.getByRole("button", { name: "Add", exact: true }).click();
  await all.tab.page.getByLabel("New label").fill("team:billing");
  await all.tab.page.keyboard.press("Enter");
  await all.tab.page.getByRole("button", { name: "Done" }).click();
  await field().fill("Labelled");
  await field().press("Enter");
  await all.tab.page.waitForURL(/\/agents\/[0-9a-f-]{36}/);
  const menu = all.tab.page.getByRole("main").getByRole("button", { name: "Chat actions" });
  await menu.click();
  await all.tab.page.getByRole("menuitem", { name: "Labels" }).click();
  const dialog = all.tab.page.getByRole("dialog", { name: "Labels" });
  await dialog.getByText("team:billing").waitFor();
  await dialog.getByLabel("New label").fill("not a key:x");
  await all.tab.page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("alert").getByText("not a key:").waitFor();
  await shoot(all.tab, "labels-wrong-desk-light");
  await audit(all.tab);
  await dialog.getByRole("button", { name: "Remove not a key:x" }).click();
  await dialog.getByLabel("New label").fill("env:live");
  await all.tab.page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await all.tab.page.getByLabel("Filter").fill("env:live team:billing");
  await expect.poll(() => all.tab.page.locator("[data-chat]").count()).toBe(1);
});

test("the effort that was picked is asked for, and offered from the server's list", async () => {
  await fresh();
  await all.tab.page.getByRole("button", { name: "Reasoning effort: default" }).click();
  const offered = await all.tab.page.getByRole("menuitemradio").allTextContents();
  expect(offered.map((one) => one.replace("As the model is set up", ""))).toEqual([
    "Default",
    "None",
    "Minimal",
    "Low",
    "Medium",
    "High",
    "Extra high",
  ]);
  await shoot(all.tab, "composer-effort-desk-light");
  await all.tab.page.getByRole("menuitemradio", { name: "Extra high" }).click();
  await field().fill("Think hard");
  const created = all.tab.page.waitForRequest(
    (request) => request.method() === "POST" && request.url().endsWith("/api/v2/chats"),
  );
  await field().press("Enter");
  expect((await created).postDataJSON()).toMatchObject({ reasoning_effort: "xhigh" });
  await all.tab.page.getByText("A short answer.").waitFor();
  await all.tab.page.getByRole("button", { name: "Reasoning effort: Extra high" }).waitFor();
});

test("words of a link fill the box, cleaned, and leave the own draft alone", async () => {
  await fresh();
  await field().fill("My own words");
  await all.tab.page.waitForFunction(() =>
    Object.keys(localStorage).some((name) => /^muster\.draft\.\S+\.new$/.test(name)),
  );
  await all.tab.page.goto(
    `${all.server.url}/agents?prompt=${encodeURIComponent("fix\u200b this\u202e")}`,
  );
  await all.tab.page.getByText("This text came from a link. Review it before sending.").waitFor();
  await all.tab.page.getByText("2 invisible characters were removed.").waitFor();
  await editor();
  await expect.poll(words).toBe("fix this");
  await shoot(all.tab, "composer-link-desk-light");
  await fresh();
  await expect.poll(words).toBe("My own words");
  await clear();
});

test("Enter that ends a composition sends nothing", async () => {
  await fresh();
  await field().focus();
  await all.tab.page.keyboard.type("a ");
  const keyboard = await all.tab.context.newCDPSession(all.tab.page);
  const at = { selectionStart: 2, selectionEnd: 2 };
  await keyboard.send("Input.imeSetComposition", { text: "かな", ...at });
  const enter = { windowsVirtualKeyCode: 229, key: "Process", code: "Enter" };
  await keyboard.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter });
  await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter });
  await keyboard.send("Input.insertText", { text: "仮名" });
  await all.tab.page.keyboard.type(" b");
  await expect.poll(words).toBe("a 仮名 b");
  expect(new URL(all.tab.page.url()).pathname).toBe("/agents");
  await clear();
});

test("keys: Ctrl Enter by preference, Escape leaves the field", async () => {
  await all.tab.page.goto(`${all.server.url}/agents/settings/behavior`);
  await all.tab.page.getByRole("radio", { name: /Ctrl Enter sends/ }).check();
  await fresh();
  await field().fill("First");
  await field().press("Enter");
  await all.tab.page.keyboard.type("Second");
  await expect.poll(words).toBe("First\nSecond");
  await field().press("Escape");
  await expect.poll(() => field().evaluate((one) => one === document.activeElement)).toBe(false);
  await field().press("Control+Enter");
  await all.tab.page.waitForURL(/\/agents\/[0-9a-f-]{36}/);
  await all.tab.page.getByText("A short answer.").waitFor();
});

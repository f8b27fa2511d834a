// The list of chats in its states; on phones it is a drawer.
import type { Chat } from "../../src/api/generated/types";
import { enter, TITLE } from "../kit/scene";
import { describeStates, type Stage, type State } from "../kit/state";
import { cut, fail, hold } from "../kit/wire";
import { CHAT_SCRIPT } from "./chat.script";
import { prepare } from "./prepare";

const TITLES = [
  "Import customers from CSV",
  "Flaky login test on CI",
  "Dark mode for invoice PDF",
  "Why is the nightly job slow?",
  "Rename Ledger to Journal",
  "Draft release notes 1.8",
  "Retry policy for webhooks",
  "Postgres index review",
  "Seed data for the demo shop, with customers of every kind and a year of orders",
];

async function home({ page }: Stage): Promise<void> {
  await page.goto("/agents");
  await page.locator(".list").waitFor({ state: "attached" });
}

/** Opens the drawer where the list is one. */
async function drawer({ page }: Stage, width: string): Promise<void> {
  const show = page.getByRole("button", { name: "Show chats" }).first();
  const isOpen = (await page.locator(".drawer-open").count()) > 0;
  if (width === "phone" && !isOpen) await show.click();
}

/** A list with something in every state that a row can have. */
async function many(stage: Stage): Promise<void> {
  const { client } = stage;
  const fields = { labels: { team: "billing" } };
  for (const title of TITLES) {
    const { id } = await client.begin("Hello", { fields });
    await client.patch(`/chats/${id}`, { title });
    await client.settled(id);
  }
  const pinned = await client.begin("Hello");
  await client.patch(`/chats/${pinned.id}`, { title: "Billing on edition 2024", pin_order: 1 });
  const failed = await client.begin("case refuse");
  await client.patch(`/chats/${failed.id}`, { title: "Sync the price list" });
  await client.settled(failed.id, "error");
  await enter(stage, {
    text: "The test has failed since Friday.",
    workspace: true,
    sign: "The fix is in",
  });
  await stage.page.locator("[data-chat]").filter({ hasText: "Check callers" }).waitFor();
}

const list = (name: string, open: State["open"], more: Partial<State> = {}): State => ({
  name,
  open,
  pose: drawer,
  ...more,
});

/** At the end of a list of ten thousand: pages of it, as the server would give them. */
function tenThousand(): State {
  const COUNT = 10_000;
  const id = (at: number) => `01a22a00-0000-7000-8000-${String(at).padStart(12, "0")}`;
  const listed = async (stage: Stage) => {
    const [like] = await stage.client.get<Chat[]>("/chats");
    const chat = (at: number): object => ({
      ...like,
      id: id(at),
      title: `Chat ${at} of many, about one thing or another`,
      updated_at: new Date(Date.now() - at * 60_000).toISOString(),
    });
    await stage.page.route(/\/chats\?/, (route) => {
      const query = new URL(route.request().url()).searchParams;
      const from = Number(query.get("after_id")?.slice(-12) ?? 0) + 1;
      const length = Math.min(Number(query.get("limit")), COUNT + 1 - from);
      return route.fulfill({ json: Array.from({ length }, (_, at) => chat(from + at)) });
    });
    await home(stage);
    await toEnd(stage);
  };
  return list("ten-thousand", listed, {
    pose: async (stage, width) => {
      await drawer(stage, width);
      await toEnd(stage);
    },
  });
}

/** Scrolls the list down for as long as it grows. */
async function toEnd({ page }: Stage): Promise<void> {
  const last = page.locator(".chats .t").getByText("Chat 10000 of many");
  while ((await last.count()) === 0) {
    await page.locator(".chats").evaluate(async (list) => {
      list.scrollTo({ top: list.scrollHeight });
      await new Promise(requestAnimationFrame);
    });
  }
}

const STATES: State[] = [
  list("one", home),
  list("loading", async (stage) => {
    await hold(stage.page, /\/chats\?/);
    await home(stage);
  }),
  list(
    "failed",
    async (stage) => {
      const message = "The database is not available.";
      await fail(stage.page, "read", /\/chats\?/, { status: 503, message });
      await home(stage);
      await stage.page.getByText("Chats could not be loaded").waitFor();
    },
    { expected: /503/ },
  ),
  list("filtered-empty", async (stage) => {
    await home(stage);
    await stage.page.getByLabel("Filter chats by title or label").fill("nothing like this");
    await stage.page.getByText("No chat matches").waitFor();
  }),
  list("lost", async (stage) => {
    await cut(stage.page, /\/chats\/watch/);
    await home(stage);
    await stage.page.getByText("The list may be out of date.").waitFor({ state: "attached" });
  }),
  list("empty", async (stage) => {
    await stage.page.route(/\/chats\?/, (route) => route.fulfill({ json: [] }));
    await home(stage);
    await stage.page.getByText("No chats yet").waitFor({ state: "attached" });
  }),
  list("many", many),
  tenThousand(),
  list("labels", async (stage) => {
    await many(stage);
    await stage.page.getByLabel("Filter chats by title or label").fill("team:billing");
    await stage.page.locator(".list .t").getByText(TITLE).first().waitFor({ state: "detached" });
  }),
  {
    name: "row-menu",
    open: async (stage) => {
      await stage.client.finished("Hello");
      await home(stage);
    },
    pose: async (stage, width) => {
      await stage.page.keyboard.press("Escape");
      await drawer(stage, width);
      await stage.page.locator(".row-menu").first().click({ force: true });
      await stage.page.getByRole("menu").waitFor();
    },
  },
  {
    name: "palette",
    open: async (stage) => {
      await stage.client.finished("Hello");
      await home(stage);
      await stage.page.keyboard.press("Control+k");
      await stage.page.getByRole("combobox").fill("e");
      await stage.page.getByRole("option").first().waitFor();
    },
  },
  {
    name: "keyboard-help",
    open: async (stage) => {
      await home(stage);
      await stage.page.getByRole("heading", { level: 1 }).click();
      await stage.page.keyboard.press("?");
      await stage.page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    },
  },
];

describeStates({ name: "list", script: CHAT_SCRIPT, before: prepare, states: STATES });

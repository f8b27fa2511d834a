// A state of the screen: how it comes about, how it looks in four ways, and that it is sound.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  audit,
  Model,
  openBrowser,
  openTab,
  Server,
  SHOTS,
  signIn,
  type Tab,
  type Theme,
  WIDTHS,
  type Width,
} from "../harness";
import { BLESS, compare, leftovers } from "./baseline";
import { Client } from "./client";

/** How long a picture may take until it looks as it should. */
const SETTLE_MS_MAX = 6_000;
const LOOK_AGAIN_MS = 150;

export interface Stage {
  page: Page;
  tab: Tab;
  client: Client;
  server: Server;
}

export interface State {
  /** Names its screenshots. */
  name: string;
  /** Leads the page there, and waits for the sign that it is. */
  open: (stage: Stage) => Promise<unknown>;
  /** What each look needs on top, like an open drawer on phones. */
  pose?: (stage: Stage, width: Width) => Promise<unknown>;
  /** Undoes what would be in the way of the next state. */
  after?: (stage: Stage) => Promise<unknown>;
  /** Console errors that belong to the state. */
  expected?: RegExp;
  /** The page as somebody without a session sees it. */
  anonymous?: boolean;
}

export const LOOKS: readonly (readonly [Width, Theme])[] = [
  ["desk", "light"],
  ["desk", "dark"],
  ["phone", "dark"],
  ["phone", "light"],
];

interface Group {
  name: string;
  /** Flags of the server; without them the demo's workspace and chat are there. */
  flags?: string[];
  /** What its model answers; without it the server's own. */
  script?: string;
  before?: (stage: Stage) => Promise<unknown>;
  states: readonly State[];
}

/** One server, one session and one page per state for all four looks. */
export function describeStates(group: Group): void {
  let server: Server;
  let model: Model | undefined;
  let browser: Browser;
  let cookies: Awaited<ReturnType<Tab["context"]["cookies"]>> = [];
  let keep: string[] = [];

  beforeAll(async () => {
    const script = group.script;
    [server, browser, model] = await Promise.all([
      Server.start(group.flags),
      openBrowser(),
      script === undefined ? undefined : Model.start(script),
    ]);
    const tab = await openTab(browser, server);
    await signIn(tab, server);
    await model?.configure(tab, "states", {
      // The demo's own model has the other provider.
      provider: "anthropic",
      model: "atlas-large",
      display_name: "Atlas Large",
    });
    cookies = await tab.context.cookies();
    const client = await Client.of(tab, server);
    const stage = { page: tab.page, tab, client, server };
    // No picture has a message in it that the demo has just come to its end.
    if (!group.flags) await client.demo();
    await group.before?.(stage);
    keep = (await client.get<{ id: string }[]>("/chats")).map((chat) => chat.id);
    await tab.close();
  });

  afterAll(async () => {
    await browser?.close();
    await Promise.all([server?.stop(), model?.stop()]);
  });

  test.each(group.states)(`${group.name}: $name`, async (state) => {
    const tab = await openTab(browser, server, {
      ...(state.expected ? { expected: state.expected } : {}),
    });
    await tab.context.addCookies(cookies);
    const client = await Client.of(tab, server);
    if (state.anonymous) await tab.context.clearCookies();
    await tab.page.clock.setFixedTime(new Date());
    const stage = { page: tab.page, tab, client, server };
    try {
      await state.open(stage);
      for (const [width, theme] of LOOKS) {
        await tab.page.setViewportSize(WIDTHS[width]);
        await tab.page.emulateMedia({ colorScheme: theme });
        await state.pose?.(stage, width);
        await look(tab, `${group.name}/${state.name}-${width}-${theme}`);
        // Both themes and both widths are asked, each once: contrast is the theme's affair.
        if ((width === "desk") === (theme === "light")) await audit(tab);
      }
      await state.after?.(stage);
      await tab.close();
    } finally {
      // A state that fails must not topple those behind it.
      if (!state.anonymous) await client.clearChats(keep);
    }
  });

  test(`${group.name}: no baseline is left over`, () => {
    const names = group.states.flatMap((state) =>
      LOOKS.map(([width, theme]) => `${state.name}-${width}-${theme}`),
    );
    expect(leftovers(group.name, names)).toEqual([]);
  });
}

/** Takes the picture until it is as the baseline says, or for as long as that may take. */
async function look(tab: Tab, name: string): Promise<void> {
  const { page } = tab;
  await page.evaluate(() => document.fonts.ready);
  const file = join(SHOTS, `${name}.png`);
  mkdirSync(dirname(file), { recursive: true });
  const late = Date.now() + SETTLE_MS_MAX;
  let before: Buffer | undefined;
  for (;;) {
    const png = await page.screenshot();
    writeFileSync(file, png);
    // A baseline is made of what has come to rest.
    const found = !BLESS || before?.equals(png) ? compare(name, png) : "it still moves";
    if (!found) break;
    if (Date.now() > late) {
      tab.trouble.push(`${name}: ${found}; see ${file}`);
      break;
    }
    before = png;
    await page.waitForTimeout(LOOK_AGAIN_MS);
  }
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  if (sideways) tab.trouble.push(`${name}: the body scrolls sideways`);
}

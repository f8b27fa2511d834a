// What most files of tests need: a server, perhaps a model of its own, a browser, and a person
// who has signed in.
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import {
  Model,
  type ModelLook,
  openBrowser,
  openTab,
  Server,
  signIn,
  type Tab,
  type TabOptions,
} from "../harness";

interface GroundOptions {
  /** Flags of the server; without any it is a bare one. */
  flags?: string[];
  /** Its environment, which may need what is started before it. */
  env?: () => NodeJS.ProcessEnv;
  /** What the model says; without it there is none. */
  script?: string;
  /** The model's name; without it the tests configure it. */
  name?: string;
  /** How the model shows. */
  look?: ModelLook;
}

interface StandOptions extends GroundOptions {
  /** Console errors that belong to the tests. */
  expected?: RegExp;
}

export class Ground {
  server!: Server;
  model!: Model;
  browser!: Browser;
  cookies: Awaited<ReturnType<BrowserContext["cookies"]>> = [];

  /** Another page of the person who has signed in; who opens it closes it. */
  async open(options: TabOptions = {}): Promise<Tab> {
    const tab = await openTab(this.browser, this.server, options);
    await tab.context.addCookies(this.cookies);
    return tab;
  }
}

export class Stand extends Ground {
  tab!: Tab;
}

/** For tests that open their own pages. Comes before the first one and goes after the last. */
export function ground(options: GroundOptions = {}): Ground {
  const all = new Ground();
  prepare(all, options);
  return all;
}

/** For tests that follow one another on one page, which is open at the list. */
export function stand({ expected, ...options }: StandOptions): Stand {
  const all = new Stand();
  prepare(all, options);
  beforeAll(async () => {
    all.tab = await all.open(expected ? { expected } : {});
    await all.tab.page.goto("/agents");
  });
  afterAll(() => all.tab?.close());
  return all;
}

function prepare(all: Ground, { flags = [], env, script, name, look }: GroundOptions): void {
  beforeAll(async () => {
    const starts = [Server.start(flags, "127.0.0.1:0", env?.()), openBrowser()] as const;
    if (script !== undefined) all.model = await Model.start(script);
    [all.server, all.browser] = await Promise.all(starts);
    const tab = await openTab(all.browser, all.server);
    await signIn(tab, all.server);
    if (name !== undefined) await all.model.configure(tab, name, look);
    all.cookies = await tab.context.cookies();
    await tab.close();
  });
  afterAll(async () => {
    await all.browser?.close();
    await Promise.all([all.server?.stop(), all.model?.stop()]);
  });
}

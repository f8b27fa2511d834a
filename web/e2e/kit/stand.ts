// What most files of tests need: a server, its model, and a page whose person has signed in.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { Model, openBrowser, openTab, Server, signIn, type Tab } from "../harness";

export class Stand {
  server!: Server;
  model!: Model;
  browser!: Browser;
  tab!: Tab;
}

interface Options {
  /** Names the model. */
  name: string;
  script: string;
  /** Console errors that belong to the tests. */
  expected?: RegExp;
}

/** Comes before the first test of the file and goes after the last one. */
export function stand({ name, script, expected }: Options): Stand {
  const all = new Stand();
  beforeAll(async () => {
    [all.server, all.model, all.browser] = await Promise.all([
      Server.start([]),
      Model.start(script),
      openBrowser(),
    ]);
    all.tab = await openTab(all.browser, all.server, expected ? { expected } : {});
    await signIn(all.tab, all.server);
    await all.model.configure(all.tab, name);
  });
  afterAll(async () => {
    await all.tab?.close();
    await all.browser?.close();
    await Promise.all([all.server?.stop(), all.model?.stop()]);
  });
  return all;
}

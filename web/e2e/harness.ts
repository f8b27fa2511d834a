// A real server with the scripted model, and a real browser. Every test fails on console
// errors, violations of the content security policy, lost assets and requests elsewhere.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { endSandboxes } from "./kit/sandboxes";
import { browserPath, ROOT, serverPath } from "./programs";

export { Model, type ModelLook } from "./model";

const START_MS_MAX = 60_000;
/** Where whole screenshots go; they are not committed. */
export const SHOTS = join(ROOT, "target/web-shots");

export const WIDTHS = { phone: { width: 390, height: 844 }, desk: { width: 1440, height: 900 } };
export type Width = keyof typeof WIDTHS;
export type Theme = "light" | "dark";

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
  "--font-render-hinting=none",
  "--hide-scrollbars",
];

export class Server {
  private constructor(
    /** Where people find it. */
    readonly url: string,
    private readonly way: Way,
    private child: ChildProcess,
    public loginUrl: string,
  ) {}

  static async start(
    flags: string[] = ["--demo"],
    address = "127.0.0.1:0",
    env: NodeJS.ProcessEnv = {},
  ): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "muster-web-"));
    const { child, ready } = await launch({ folder, flags, address, env });
    const found = address.endsWith(":0") ? new URL(ready.url).host : address;
    return new Server(ready.url, { folder, flags, address: found, env }, child, ready.login_url);
  }

  /** A fresh login link, from a restart: links work once. */
  async renewLink(): Promise<void> {
    await this.end("SIGTERM");
    await this.restart();
  }

  /** Ends the process as a crash would. */
  kill(): Promise<void> {
    return this.end("SIGKILL");
  }

  /** Does something with the data folder while nothing runs. */
  async pause(work: (folder: string) => void): Promise<void> {
    await this.end("SIGTERM");
    work(this.way.folder);
    await this.restart();
  }

  /** Where it listens; not its URL where something stands in between. */
  get address(): string {
    return this.way.address;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill(signal);
    await gone;
  }

  /** Starts it anew at its old address, with what it has stored. */
  async restart(): Promise<void> {
    const { child, ready } = await launch(this.way);
    this.child = child;
    this.loginUrl = ready.login_url;
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    endSandboxes(this.way.folder);
    rmSync(this.way.folder, { recursive: true, force: true });
  }
}

interface Ready {
  url: string;
  login_url: string;
}

/** How a server is started. */
interface Way {
  folder: string;
  flags: string[];
  address: string;
  env: NodeJS.ProcessEnv;
}

function launch({ folder, flags, address, env }: Way) {
  const program = serverPath();
  if (!program) throw new Error("no server program: cargo build -p muster-app");
  const words = ["up", "--json", "--data-dir", folder, "--http-address", address, ...flags];
  const child = spawn(program, words, {
    // Keys of the person who runs the tests must not be offered.
    env: { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: join(folder, "config"), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise<{ child: ChildProcess; ready: Ready }>((done, fail) => {
    const late = setTimeout(() => fail(new Error("the server does not start")), START_MS_MAX);
    child.once("exit", (code) => fail(new Error(`the server ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = JSON.parse(line) as { event: string } & Ready;
      if (event.event !== "ready") return;
      clearTimeout(late);
      child.removeAllListeners("exit");
      done({ child, ready: event });
    });
  });
}

export function openBrowser(): Promise<Browser> {
  const executablePath = browserPath();
  if (!executablePath) throw new Error("no chromium on the PATH");
  const root = process.getuid?.() === 0;
  return chromium.launch({ executablePath, args: root ? [...FLAGS, "--no-sandbox"] : FLAGS });
}

export interface Tab {
  page: Page;
  context: BrowserContext;
  /** What must be empty at the end. */
  trouble: string[];
  close: () => Promise<void>;
}

export interface TabOptions {
  width?: Width;
  theme?: Theme;
  /** Texts of console errors that the test provokes. */
  expected?: RegExp;
  /** Without it every request passes the page's routes, also those for its files. */
  serviceWorkers?: "allow" | "block";
}

export async function openTab(
  browser: Browser,
  server: Server,
  { width = "desk", theme = "light", expected, serviceWorkers = "allow" }: TabOptions = {},
): Promise<Tab> {
  const context = await browser.newContext({
    viewport: WIDTHS[width],
    colorScheme: theme,
    locale: "en-US",
    timezoneId: "UTC",
    reducedMotion: "reduce",
    hasTouch: width === "phone",
    baseURL: server.url,
    serviceWorkers,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const trouble: string[] = [];
  const note = (text: string) => {
    if (!expected?.test(text)) trouble.push(text);
  };
  page.on("pageerror", (error) => note(`exception: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") note(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    const ours = url.host === new URL(server.url).host;
    if (!ours && !/^(data|blob):$/.test(url.protocol)) note(`request to ${url.origin}`);
  });
  const close = async () => {
    await context.close();
    if (trouble.length > 0) throw new Error(`the page complained:\n${trouble.join("\n")}`);
  };
  return { page, context, trouble, close };
}

/** Signs in by the login link, as a person would. */
export async function signIn(tab: Tab, server: Server): Promise<void> {
  await tab.page.goto(server.loginUrl);
  await tab.page.waitForURL(/\/agents/);
}

export async function shoot(tab: Tab, name: string): Promise<void> {
  mkdirSync(SHOTS, { recursive: true });
  await tab.page.evaluate(() => document.fonts.ready);
  await tab.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  const sideways = await tab.page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
  );
  if (sideways) tab.trouble.push(`${name}: the body scrolls sideways`);
}

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

interface Violation {
  id: string;
  impact: string | null;
  nodes: { html: string; failureSummary?: string }[];
}

/** No serious or critical violation of WCAG on the page as it is. */
export async function audit(tab: Tab): Promise<void> {
  const { page } = tab;
  // By the debugger: the page's own policy forbids foreign scripts, as it should.
  await page.evaluate(readFileSync(AXE, "utf8"));
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run: () => Promise<{ violations: unknown }> } }).axe;
    return (await axe.run()).violations;
  });
  for (const { id, impact, nodes } of found as Violation[]) {
    if (impact !== "serious" && impact !== "critical") continue;
    const where = nodes
      .slice(0, 3)
      .map((node) => `${node.html.slice(0, 160)} ${node.failureSummary ?? ""}`);
    tab.trouble.push(`axe ${id} (${impact}): ${where.join(" | ")}`);
  }
}

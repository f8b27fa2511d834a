// One terminal on the page and its socket. No part of it is React's.
import { FitAddon } from "@xterm/addon-fit";
import { type ILink, Terminal } from "@xterm/xterm";
import type { TerminalInput } from "@/api/generated/types";
import { type Link, Socket } from "@/api/socket";
import { complain } from "@/components/ui/toast";
import { copyText } from "@/lib/copy";
import { asLink, findAbove, isAnswer, linksIn } from "./answers";
import { onTheme, themeOf } from "./look";

const SCROLLBACK_LINES = 5_000;
/** After a connection, kept output may ask what was answered long ago. */
const REPLAY_MS = 1_000;
const FONT_PX = 12.5;

export interface ScreenEvents {
  onLink: (link: Link) => void;
  /** The shell has ended. */
  onEnd: () => void;
  /** What the program calls itself; only ever shown as text. */
  onTitle: (title: string) => void;
  /** A link was pressed: nothing is opened without a question. */
  onOpen: (url: URL) => void;
  /** The keys are to go to the page again. */
  onLeave: () => void;
}

export interface ScreenOptions {
  agent: string;
  id: string;
  family: string;
  screenReader: boolean;
}

export class Screen {
  private readonly terminal: Terminal;
  private readonly fit = new FitAddon();
  private readonly ends: (() => void)[] = [];
  private socket: Socket | undefined;
  private openedAt = 0;
  private foundAt: number | undefined;

  constructor(
    host: HTMLElement,
    private readonly options: ScreenOptions,
    private readonly events: ScreenEvents,
  ) {
    this.terminal = new Terminal({
      fontFamily: options.family,
      fontSize: FONT_PX,
      lineHeight: 1.35,
      letterSpacing: 0,
      scrollback: SCROLLBACK_LINES,
      screenReaderMode: options.screenReader,
      theme: themeOf(host),
      minimumContrastRatio: 4.5,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      linkHandler: { activate: (_, text) => this.ask(text), allowNonHttpProtocols: false },
    });
    this.terminal.loadAddon(this.fit);
    this.terminal.open(host);
    this.fit.fit();
    void this.accelerate();
    this.listen(host);
    this.connect();
  }

  /** Draws on the graphics card where there is one. */
  private async accelerate(): Promise<void> {
    try {
      const { WebglAddon } = await import("@xterm/addon-webgl");
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.terminal.loadAddon(webgl);
    } catch {
      // Without one the page's own elements do.
    }
  }

  private listen(host: HTMLElement): void {
    const { terminal, events } = this;
    terminal.onData((data) => {
      const isReplayed = performance.now() - this.openedAt < REPLAY_MS;
      if (!(isReplayed && isAnswer(data))) this.say({ data });
    });
    terminal.onBinary((data) => this.say({ data }));
    terminal.onResize(({ cols, rows }) => this.say({ width: cols, height: rows }));
    terminal.onTitleChange(events.onTitle);
    terminal.attachCustomKeyEventHandler((event) => this.isForTerminal(event));
    terminal.registerLinkProvider({
      provideLinks: (row, callback) => callback(this.linksOf(row)),
    });
    const resize = new ResizeObserver(() => host.clientWidth > 0 && this.fit.fit());
    resize.observe(host);
    this.ends.push(
      () => resize.disconnect(),
      onTheme(() => {
        terminal.options.theme = themeOf(host);
      }),
    );
  }

  /** Joins the terminal, or begins it. */
  connect(): void {
    this.socket?.close();
    this.socket = new Socket({
      address: () => {
        const { cols, rows } = this.terminal;
        const query = new URLSearchParams({
          reconnect: this.options.id,
          width: String(cols),
          height: String(rows),
        });
        return `/api/v2/workspaceagents/${this.options.agent}/pty?${query}`;
      },
      onFrame: () => {},
      onBytes: (bytes) => this.terminal.write(bytes),
      onLink: (link) => this.linked(link),
      onEnd: this.events.onEnd,
    });
  }

  private wasOpen = false;

  private linked(link: Link): void {
    const isOpen = link === "open";
    if (isOpen && !this.wasOpen) {
      // What is kept comes again from its beginning.
      this.terminal.reset();
      this.openedAt = performance.now();
    }
    this.wasOpen = isOpen;
    this.events.onLink(link);
  }

  private say(input: TerminalInput): void {
    this.socket?.send(input);
  }

  /** False for the keys that are the page's. */
  private isForTerminal(event: KeyboardEvent): boolean {
    if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey) return true;
    if (event.key === "Escape") {
      event.preventDefault();
      this.events.onLeave();
      return false;
    }
    if (event.key === "C") {
      event.preventDefault();
      this.copy();
      return false;
    }
    // The browser pastes.
    return event.key !== "V";
  }

  copy(): void {
    const text = this.terminal.getSelection();
    if (text) copyText(text).catch(() => complain("Not copied."));
  }

  async paste(): Promise<void> {
    try {
      this.terminal.paste(await navigator.clipboard.readText());
    } catch {
      complain("The browser keeps its clipboard to itself. Ctrl+Shift+V pastes.");
    }
    this.focus();
  }

  private linksOf(row: number): ILink[] | undefined {
    const line = this.terminal.buffer.active.getLine(row - 1)?.translateToString(true) ?? "";
    const links = linksIn(line).map(({ text, from, to }) => ({
      text,
      range: { start: { x: from + 1, y: row }, end: { x: to, y: row } },
      activate: () => this.ask(text),
    }));
    return links.length > 0 ? links : undefined;
  }

  private ask(text: string): void {
    const url = asLink(text);
    if (url) this.events.onOpen(url);
  }

  /** Marks the next place above that holds the text; says whether there is one. */
  find(text: string): boolean {
    const buffer = this.terminal.buffer.active;
    const lines = {
      count: buffer.length,
      text: (at: number) => buffer.getLine(at)?.translateToString(true) ?? "",
    };
    const found = findAbove(lines, text, this.foundAt ?? buffer.length);
    this.foundAt = found?.line;
    if (!found) return false;
    this.terminal.select(found.column, found.line, text.length);
    this.terminal.scrollToLine(Math.max(0, found.line - 2));
    return true;
  }

  focus(): void {
    this.terminal.focus();
  }

  close(): void {
    this.socket?.close();
    for (const end of this.ends) end();
    this.terminal.dispose();
  }
}

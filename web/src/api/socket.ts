// A WebSocket that comes back. It knows nothing about what it carries.
import { lostSession } from "./client";

const PAUSE_MS_MIN = 500;
const PAUSE_MS_MAX = 10_000;
const JITTER = 0.2;
/** The server pings every 15 seconds. */
const SILENCE_MS_MAX = 45_000;
/** A short gap is nobody's business. */
const NOTICE_AFTER_MS = 2_000;

export type Link = "connecting" | "open" | "lost";

interface Options {
  /** Path and query of the next connection; asked anew each time, so it may hold a cursor. */
  address: () => string;
  onFrame: (frame: unknown) => void;
  onLink: (link: Link) => void;
  /** Takes binary messages. Such a socket is open once it is, and may be silent for long. */
  onBytes?: (bytes: Uint8Array) => void;
  /** The server has said that it is over; no other attempt follows. */
  onEnd?: () => void;
}

/** The code of a close that is meant. */
const ENDED = 1000;

/** The wait before the next attempt, by how many have failed. */
export function reconnectPause(failures: number, random: number): number {
  const base = Math.min(PAUSE_MS_MIN * 2 ** failures, PAUSE_MS_MAX);
  return base * (1 - JITTER + 2 * JITTER * random);
}

export class Socket {
  private socket: WebSocket | undefined;
  private failures = 0;
  /** Whether the session was asked after since there was a connection. */
  private asked = false;
  private closed = false;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private notice: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: Options) {
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
    options.onLink("connecting");
    this.expectNotice();
    this.connect();
  }

  /** Ends it for good. */
  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    clearTimeout(this.pause);
    clearTimeout(this.silence);
    clearTimeout(this.notice);
    this.drop();
  }

  /** Sends a message; false when there is no connection to take it. */
  send(message: unknown): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Drops the connection and makes a new one at once. */
  renew(): void {
    if (this.closed) return;
    this.expectNotice();
    this.connect();
  }

  private readonly hurry = (): void => {
    if (document.visibilityState === "hidden" || this.socket) return;
    this.connect();
  };

  /** There is one connection at a time, and none to come beside it. */
  private connect(): void {
    clearTimeout(this.pause);
    this.drop();
    const url = new URL(this.options.address(), location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    const { onFrame, onBytes, onEnd } = this.options;
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.listenForSilence();
    let refused = true;
    socket.onopen = () => {
      refused = false;
      if (this.socket === socket && onBytes) this.alive();
    };
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      this.alive();
      if (typeof data === "string") onFrame(JSON.parse(data));
      else onBytes?.(new Uint8Array(data as ArrayBuffer));
    };
    socket.onclose = ({ code }) => {
      if (this.socket !== socket) return;
      if (onEnd && code === ENDED) {
        this.close();
        onEnd();
        return;
      }
      // A browser does not say why there is none: the session may be over.
      if (refused && !this.asked) lostSession();
      this.asked ||= refused;
      this.lost();
    };
  }

  private alive(): void {
    this.failures = 0;
    this.asked = false;
    clearTimeout(this.notice);
    this.notice = undefined;
    this.options.onLink("open");
    this.listenForSilence();
  }

  private lost(): void {
    this.drop();
    this.expectNotice();
    const wait = reconnectPause(this.failures, Math.random());
    this.failures += 1;
    this.pause = setTimeout(() => this.connect(), wait);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = undefined;
    clearTimeout(this.silence);
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private expectNotice(): void {
    this.notice ??= setTimeout(() => this.options.onLink("lost"), NOTICE_AFTER_MS);
  }

  private listenForSilence(): void {
    clearTimeout(this.silence);
    // Pings below the messages can't be seen from here.
    if (this.options.onBytes) return;
    this.silence = setTimeout(() => this.lost(), SILENCE_MS_MAX);
  }
}

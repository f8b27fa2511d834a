// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenSignedOut } from "./client";
import { type Link, reconnectPause, Socket } from "./socket";

/** A connection of the browser that does as it is told. */
class FakeWebSocket {
  static readonly OPEN = 1;
  static made: FakeWebSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  isClosed = false;

  constructor(readonly url: URL) {
    FakeWebSocket.made.push(this);
  }

  close(): void {
    this.isClosed = true;
  }

  opens(): void {
    this.onopen?.();
    this.onmessage?.({ data: '{"type":"ping"}' });
  }

  ends(): void {
    this.isClosed = true;
    this.onclose?.({ code: 1006 });
  }
}

const living = () => FakeWebSocket.made.filter((one) => !one.isClosed);
const last = () => FakeWebSocket.made.at(-1) as FakeWebSocket;

function opened(onLink: (link: Link) => void = () => {}): Socket {
  return new Socket({ address: () => "/api", onFrame: () => {}, onLink });
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeWebSocket);
  FakeWebSocket.made = [];
});

afterEach(() => {
  whenSignedOut(() => {});
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the pause doubles from half a second to ten, with jitter", () => {
  expect(reconnectPause(0, 0.5)).toBe(500);
  expect(reconnectPause(1, 0.5)).toBe(1_000);
  expect(reconnectPause(20, 0.5)).toBe(10_000);
  expect(reconnectPause(20, 0)).toBe(8_000);
  expect(reconnectPause(20, 1)).toBeCloseTo(12_000);
});

test("one that is renewed while it waits has one connection, not two", () => {
  const socket = opened();
  last().opens();
  last().ends();
  socket.renew();
  last().opens();
  vi.advanceTimersByTime(20_000);
  expect(FakeWebSocket.made).toHaveLength(2);
  expect(living()).toHaveLength(1);
  socket.close();
  expect(living()).toHaveLength(0);
});

test("a refused connection asks once whether the session is over", () => {
  const asked = vi.fn();
  whenSignedOut(asked);
  const socket = opened();
  last().opens();
  last().ends();
  expect(asked).not.toHaveBeenCalled();
  for (let tries = 0; tries < 3; tries += 1) {
    vi.advanceTimersByTime(12_000);
    last().ends();
  }
  expect(asked).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(12_000);
  last().opens();
  last().ends();
  vi.advanceTimersByTime(12_000);
  last().ends();
  expect(asked).toHaveBeenCalledTimes(2);
  socket.close();
});

// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, api } from "@/api/client";
import type { MessagesPage } from "@/api/generated/types";
import { ChatStore, HIDDEN_MS_MAX } from "./store";

const sockets: { isClosed: boolean; onFrame: (frame: unknown) => void; renewed: number }[] = [];

vi.mock("@/api/socket", () => ({
  Socket: class {
    isClosed = false;
    renewed = 0;
    onFrame: (frame: unknown) => void;
    constructor({ onFrame }: { onFrame: (frame: unknown) => void }) {
      this.onFrame = onFrame;
      sockets.push(this);
    }
    close(): void {
      this.isClosed = true;
    }
    renew(): void {
      this.renewed += 1;
    }
  },
}));

const living = () => sockets.filter((one) => !one.isClosed);
const message = { id: 9, chat_id: "c", created_at: "", role: "user", content: [] };
const page = { messages: [message], has_more: true } as unknown as MessagesPage;
const gone = new ApiError(404, { message: "Not found." });
let answer: () => Promise<MessagesPage>;
let store: ChatStore;

function look(state: "hidden" | "visible"): void {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

const settled = () => vi.advanceTimersByTimeAsync(200);

beforeEach(async () => {
  vi.useFakeTimers();
  sockets.length = 0;
  answer = () => Promise.resolve(page);
  vi.spyOn(api, "get").mockImplementation(() => answer() as Promise<never>);
  look("visible");
  store = new ChatStore("c");
  store.open();
  await settled();
});

afterEach(() => {
  store.close();
  vi.useRealTimers();
});

test("a chat that nobody looks at for long is let go, and followed again once it is shown", () => {
  look("hidden");
  vi.advanceTimersByTime(HIDDEN_MS_MAX - 1);
  look("visible");
  vi.advanceTimersByTime(HIDDEN_MS_MAX);
  expect([sockets.length, living().length]).toEqual([1, 1]);
  look("hidden");
  vi.advanceTimersByTime(HIDDEN_MS_MAX);
  expect(living()).toHaveLength(0);
  look("visible");
  expect(living()).toHaveLength(1);
  store.close();
  look("hidden");
  look("visible");
  expect(living()).toHaveLength(0);
});

test("a chat that can no longer be followed is followed again when that is asked for", async () => {
  answer = () => Promise.reject(gone);
  sockets[0]?.onFrame({ type: "error", data: { message: "Over." } });
  await settled();
  expect(store.read().failure).toBe(gone);
  expect(living()).toHaveLength(0);
  // Coming back to the tab is no reason.
  look("visible");
  store.retry();
  await settled();
  expect(store.read().failure).toBe(gone);
  expect(living()).toHaveLength(0);
  answer = () => Promise.resolve(page);
  store.retry();
  await settled();
  expect(store.read().failure).toBeNull();
  expect(living()).toHaveLength(1);
});

test("why older messages did not come is told, until they are asked for again", async () => {
  answer = () => Promise.reject(gone);
  await store.loadOlder();
  await settled();
  expect(store.read()).toMatchObject({ olderFailure: gone, loadingOlder: false, hasOlder: true });
  answer = () => Promise.resolve({ ...page, messages: [], has_more: false });
  await store.loadOlder();
  await settled();
  expect(store.read()).toMatchObject({ olderFailure: null, hasOlder: false });
});

// What happens to the wire between page and server: held, cut, or worded differently where a
// state would take hours, or a broken machine, to come about. The page itself is never touched.
import type { Page } from "playwright-core";

/** Requests whose path matches are never answered. */
export async function hold(page: Page, path: RegExp, method?: string): Promise<void> {
  await page.route(path, (route) =>
    method && route.request().method() !== method ? route.fallback() : undefined,
  );
}

/** Requests that match wait until what this gives is called. */
export async function delay(page: Page, path: RegExp | ((url: URL) => boolean)) {
  let release = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  await page.route(path, async (route) => {
    await released;
    await route.fallback();
  });
  return release;
}

interface Failure {
  message: string;
  [more: string]: unknown;
}

/** Requests but GETs, or only those, whose path matches fail in the server's own envelope. */
export async function fail(page: Page, what: "read" | "write", path: RegExp, failure: Failure) {
  const { status, ...body } = { status: 503, validations: [], ...failure };
  const answer = { status, body: JSON.stringify(body), contentType: "application/json" };
  await page.route(path, (route) => {
    const reads = route.request().method() === "GET";
    return reads === (what === "read") ? route.fulfill(answer) : route.fallback();
  });
}

/** Sockets whose path matches are closed as soon as they open. */
export async function cut(page: Page, path: RegExp): Promise<void> {
  await page.routeWebSocket(path, (socket) => void socket.close({ code: 4000 }));
}

/** Sockets whose path matches say these frames when they open first, and are lost if asked. */
export async function say(
  page: Page,
  path: RegExp,
  frames: readonly unknown[],
  then: "stay" | "lose" = "stay",
): Promise<void> {
  let isFirst = true;
  await page.routeWebSocket(path, (socket) => {
    if (isFirst) for (const frame of frames) socket.send(JSON.stringify(frame));
    isFirst = false;
    if (then === "lose") void socket.close({ code: 4000 });
  });
}

type Change = (text: string) => string;

/** Changes what the server says of chats, in answers and in frames. */
export async function reword(page: Page, change: Change): Promise<void> {
  await page.route(/\/api\/v2\/(chats|workspaces)/, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    await route.fulfill({ response, body: change(await response.text()) });
  });
  await page.routeWebSocket(/\/api\/v2\/chats\//, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => socket.send(change(String(frame))));
  });
}

/** A field of the JSON on the wire with another value. */
export function field(name: string, value: unknown): Change {
  const old = new RegExp(`"${name}":("(?:[^"\\\\]|\\\\.)*"|null|true|false|-?\\d+)`, "g");
  return (text) => text.replace(old, `"${name}":${JSON.stringify(value)}`);
}

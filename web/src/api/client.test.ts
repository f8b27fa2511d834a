// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { ApiError, api, errorText, request, whenSignedOut } from "./client";

function answer(status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(status === 204 ? null : text, { status, headers })),
  );
}

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => null,
    (cause: unknown) => cause,
  );
  if (error instanceof ApiError) return error;
  throw new Error("expected an ApiError");
}

const signedOut = vi.fn();

beforeEach(() => {
  signedOut.mockReset();
  whenSignedOut(signedOut);
});

test("the envelope becomes an error with its fields", async () => {
  answer(400, {
    message: "Refused.",
    validations: [{ field: "title", detail: "too long" }],
    request_id: "r1",
  });
  const error = await failureOf(api.patch("/chats/1", { title: "x" }));
  expect(error.message).toBe("Refused.");
  expect(error.field("title")).toBe("too long");
  expect(error.field("other")).toBeUndefined();
  expect(error.transient).toBe(false);
  expect(errorText(error)).toBe("Refused. title: too long");
});

test("only a 401 signs out, and not where it means a wrong password", async () => {
  for (const status of [403, 404, 409, 429, 500, 502, 503, 504]) {
    answer(status, { message: "no" });
    await failureOf(api.get("/chats"));
  }
  answer(401, { message: "no" });
  await failureOf(request("POST", "/users/login", { anonymous: true }));
  expect(signedOut).not.toHaveBeenCalled();
  await failureOf(api.get("/chats"));
  expect(signedOut).toHaveBeenCalledOnce();
});

test("a proxy's page is no envelope, and no answer is status 0", async () => {
  answer(502, "<html>bad gateway</html>");
  const gateway = await failureOf(api.get("/chats"));
  expect([gateway.status, gateway.transient]).toEqual([502, true]);
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => {
      throw new TypeError("failed");
    }),
  );
  const lost = await failureOf(api.get("/chats"));
  expect([lost.status, lost.transient]).toEqual([0, true]);
});

test("unsafe methods carry the token of the cookie, safe ones do not", async () => {
  // biome-ignore lint/suspicious/noDocumentCookie: the client reads it there
  document.cookie = "csrf_token=abc";
  answer(204, null);
  await api.delete("/chats/1");
  await api.post("/chats", {});
  const calls = vi.mocked(fetch).mock.calls;
  for (const [, options] of calls) {
    expect(new Headers(options?.headers).get("X-CSRF-TOKEN")).toBe("abc");
  }
  await api.get("/chats");
  const [, options] = vi.mocked(fetch).mock.calls.at(-1) ?? [];
  expect(new Headers(options?.headers).get("X-CSRF-TOKEN")).toBeNull();
});

test("the wait that the server asks for is read", async () => {
  answer(429, { message: "Too many." }, { "retry-after": "3" });
  expect((await failureOf(api.get("/chats"))).retryAfterMs).toBe(3_000);
});

test("whoever hears of a 401 learns what was asked: the question who is there answers itself", async () => {
  answer(401, { message: "Sign in." });
  await failureOf(api.get("/users/me"));
  expect(signedOut).toHaveBeenCalledWith("/users/me");
});

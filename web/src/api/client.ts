import type { ErrorBody, Validation } from "./generated/types";

/** Every failure of a request. `status` is 0 when no answer came at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly detail: string | undefined;
  readonly validations: Validation[];
  readonly requestId: string | undefined;
  /** What the server asked us to wait. */
  readonly retryAfterMs: number | undefined;
  /** Everything that the answer said; some refusals say more than the envelope has. */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Partial<ErrorBody>, retryAfterMs?: number) {
    super(body.message ?? "The server did not answer.");
    this.name = "ApiError";
    this.status = status;
    this.detail = body.detail ?? undefined;
    this.validations = body.validations ?? [];
    this.requestId = body.request_id ?? undefined;
    this.retryAfterMs = retryAfterMs;
    this.body = { ...body };
  }

  /** Whether the same request may work later without any change to it. */
  get transient(): boolean {
    return this.status === 0 || this.status >= 500;
  }

  /** What is wrong with one field, if the server named it. */
  field(name: string): string | undefined {
    return this.validations.find((one) => one.field === name)?.detail;
  }
}

export type QueryParams = Record<string, string | number | boolean | string[] | undefined>;

interface Options {
  body?: unknown;
  query?: QueryParams;
  signal?: AbortSignal | undefined;
  /** A 401 of these means wrong credentials, not a lost session. */
  anonymous?: boolean;
  /** What kind of answer is wished for; JSON otherwise. */
  accept?: string;
}

type Listener = () => void;
let onSignedOut: (path: string) => void = () => {};
let onNewBuild: Listener = () => {};
let loadedBuild: string | null = null;
let skewMs = 0;

/** Called with the path that was asked on a real 401, and on nothing else. */
export function whenSignedOut(listener: (path: string) => void): void {
  onSignedOut = listener;
}

/** Called when the server serves another build of this page. */
export function whenNewBuild(listener: Listener): void {
  onNewBuild = listener;
}

/** The server's idea of now: countdowns don't trust the clock of this machine. */
export function serverNow(): number {
  return Date.now() + skewMs;
}

function cookie(name: string): string {
  const pair = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return pair ? pair.slice(name.length + 1) : "";
}

function watch(response: Response): void {
  const date = response.headers.get("date");
  if (date) {
    const skew = Date.parse(date) - Date.now();
    // The header has whole seconds; smaller differences are rounding.
    if (Number.isFinite(skew)) skewMs = Math.abs(skew) > 2_000 ? skew : 0;
  }
  const build = response.headers.get("x-muster-build");
  if (!build) return;
  loadedBuild ??= build;
  if (build !== loadedBuild) onNewBuild();
}

/** What a refused request said. */
export function failureOf(status: number, text: string, retryAfter: string | null): ApiError {
  const seconds = Number(retryAfter);
  const wait = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
  let body: Partial<ErrorBody> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed && typeof parsed === "object") body = parsed as Partial<ErrorBody>;
  } catch {
    // A proxy's page instead of our envelope.
  }
  body.message ??= `The server answered ${status}.`;
  return new ApiError(status, body, wait);
}

async function failure(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  return failureOf(response.status, text, response.headers.get("retry-after"));
}

export function csrfToken(): string {
  return cookie("csrf_token");
}

/** For what doesn't go through here, and got a 401 or may have. */
export function lostSession(): void {
  onSignedOut("");
}

function address(path: string, query?: QueryParams): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (Array.isArray(value)) for (const one of value) words.append(name, one);
    else if (value !== undefined && value !== "") words.set(name, String(value));
  }
  const text = words.toString();
  return `/api/v2${path}${text ? `?${text}` : ""}`;
}

/** An answer that is no failure. */
async function answer(method: string, path: string, options: Options): Promise<Response> {
  const { body, query, signal, anonymous } = options;
  const headers: Record<string, string> = { Accept: options.accept ?? "application/json" };
  if (method !== "GET") headers["X-CSRF-TOKEN"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers,
      signal: signal ?? null,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, {});
  }
  watch(response);
  if (!response.ok) {
    const error = await failure(response);
    if (error.status === 401 && !anonymous) onSignedOut(path);
    throw error;
  }
  return response;
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await answer(method, path, options);
  if (response.status === 204 || response.headers.get("content-length") === "0") {
    return undefined as T;
  }
  return (await response.json()) as T;
}

export const api = {
  /** The words of a file. */
  text: async (path: string, signal?: AbortSignal) =>
    (await answer("GET", path, { signal, accept: "text/*" })).text(),
  get: <T>(path: string, query?: QueryParams, signal?: AbortSignal) =>
    request<T>("GET", path, { ...(query ? { query } : {}), signal }),
  post: <T>(path: string, body?: unknown) => request<T>("POST", path, { body }),
  put: <T>(path: string, body?: unknown) => request<T>("PUT", path, { body }),
  patch: <T>(path: string, body?: unknown) => request<T>("PATCH", path, { body }),
  delete: <T>(path: string) => request<T>("DELETE", path),
};

/** The words to show for any thrown thing. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) {
    return error.validations.length > 0 && error.detail === undefined
      ? `${error.message} ${error.validations.map((one) => `${one.field}: ${one.detail}`).join("; ")}`
      : error.message;
  }
  return "Something went wrong in this page.";
}

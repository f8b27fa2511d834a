import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { vi } from "vitest";

/** What was asked of the server, as "PUT /path body". */
export type Asked = string[];

export interface Answer {
  status?: number;
  body?: unknown;
}

/**
 * Puts answers in the place of the server, by method and path below `/api/v2`; whatever else is
 * asked is not found.
 */
export function serve(answers: Record<string, Answer>): Asked {
  const asked: Asked = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    const path = url.replace("/api/v2", "").split("?")[0];
    const name = `${init.method} ${path}`;
    asked.push(init.body ? `${name} ${init.body}` : name);
    const { status = 200, body } = answers[name] ?? { status: 404, body: { message: "Gone." } };
    return new Response(status === 204 ? null : JSON.stringify(body ?? {}), { status });
  });
  return asked;
}

/** Draws it with a cache of its own. */
export function draw(element: ReactElement) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(<QueryClientProvider client={client}>{element}</QueryClientProvider>);
}

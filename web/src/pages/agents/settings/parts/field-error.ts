import { ApiError } from "@/api/client";

/** The server says "is too long" of a field, or speaks in whole sentences. */
export function sentence(detail: string): string {
  const begun = /^\p{Ll}/u.test(detail) ? `It ${detail}` : detail;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** What the server found wrong with one field, as a sentence to show below it. */
export function fieldError(error: unknown, name: string): string | undefined {
  const detail = error instanceof ApiError ? error.field(name) : undefined;
  return detail === undefined ? undefined : sentence(detail);
}

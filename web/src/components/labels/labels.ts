// Labels as people write them: `key:value`. What is allowed is the server's to say.
import { ApiError, errorText } from "@/api/client";

export type Labels = Record<string, string>;

/** Splits at the first colon; null when there is no key or no value. */
export function labelOf(text: string): [key: string, value: string] | null {
  const at = text.indexOf(":");
  const key = text.slice(0, at).trim();
  const value = text.slice(at + 1).trim();
  return at < 0 || key === "" || value === "" ? null : [key, value];
}

export interface LabelProblem {
  /** The label that is wrong; null is all of them together. */
  key: string | null;
  words: string;
}

/** What the server found wrong with labels; null when it was something else. */
export function labelProblem(error: unknown): LabelProblem | null {
  if (!(error instanceof ApiError)) return null;
  const found = error.validations.find(({ field }) => /^labels(\.|$)/.test(field));
  if (!found) return null;
  const key = found.field === "labels" ? null : found.field.slice("labels.".length);
  return { key, words: found.detail || errorText(error) };
}

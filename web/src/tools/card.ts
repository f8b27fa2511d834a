import type { ReactNode } from "react";
import type { JsonValue } from "@/api/generated/types";
import type { ToolCall } from "@/stream/rows";

/** How one call is told. */
export interface Card {
  /** "Ran", "Running", "Writing": the tense is the state. */
  verb: string;
  /** What it was done to. */
  object: string;
  /** Code, a path or a command, as opposed to words. */
  mono: boolean;
  /** The result in two or three words. */
  note?: ReactNode;
  /** Done, but worth a look: a command that did not end with 0. */
  warning?: boolean;
  /** What opening the line shows; nothing to open without it. */
  body?: (() => ReactNode) | undefined;
  /** A second line, there whether the body shows or not. */
  under?: () => ReactNode;
  /** Whether the body shows without being asked for. */
  open?: boolean;
  /** The call gave up waiting, and what it waited for goes on: no failure. */
  goesOn?: boolean;
  /** Title of the notice when it failed: "Edit didn't apply". */
  failure?: string;
}

export type Describe = (call: ToolCall) => Card;

/** Verbs in the order: being written, running, done. */
export function tense(call: ToolCall, words: [string, string, string]): string {
  const [writing, running, done] = words;
  switch (call.state) {
    case "pending":
      return writing;
    case "running":
      return running;
    case "cancelled":
      return "Cancelled";
    default:
      return done;
  }
}

type Fields = { [key in string]?: JsonValue };

/** The fields of an object; none of anything else. */
export function fields(value: JsonValue | undefined): Fields {
  return value && typeof value === "object" && !Array.isArray(value) ? value : {};
}

export function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : "";
}

export function number(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

export function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The value of a field of arguments that are still being written. */
export function early(argsText: string, name: string): string {
  const found = new RegExp(`"${name}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)`).exec(argsText)?.[1];
  return found === undefined ? "" : unescaped(found);
}

/** The text of a JSON string that may not have ended yet. */
export function unescaped(inside: string): string {
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return inside;
  }
}

/** A field of the arguments, whole or as far as they are written. */
export function arg(call: ToolCall, name: string): string {
  return text(fields(call.args)[name]) || early(call.argsText, name);
}

// Which terminals a person has open in a workspace, on this device. The server keeps each one
// under its id, so the same id after a reload is the same shell.
import { recall, remember } from "@/lib/storage";

export const TERMINALS_MAX = 8;

export interface Sessions {
  ids: readonly string[];
  active: string;
}

const name = (agent: string) => `terminals.${agent}`;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A random UUID, which a browser itself makes only for addresses with HTTPS. */
function fresh(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** What was open last time, or one new terminal. */
export function recallSessions(agent: string): Sessions {
  let ids: string[] = [];
  let active: unknown;
  try {
    const stored = JSON.parse(recall(name(agent)) ?? "{}") as { ids?: unknown; active?: unknown };
    if (Array.isArray(stored.ids)) {
      ids = stored.ids
        .filter((id) => typeof id === "string" && ID.test(id))
        .slice(0, TERMINALS_MAX);
    }
    active = stored.active;
  } catch {
    // Written by something else: begin anew.
  }
  const first = ids[0];
  if (first === undefined) {
    const id = fresh();
    return { ids: [id], active: id };
  }
  return { ids, active: ids.find((id) => id === active) ?? first };
}

export function rememberSessions(agent: string, sessions: Sessions): void {
  remember(name(agent), JSON.stringify(sessions));
}

export function withNew({ ids, active }: Sessions): Sessions {
  if (ids.length >= TERMINALS_MAX) return { ids, active };
  const id = fresh();
  return { ids: [...ids, id], active: id };
}

/** Closing the last one opens another: an empty panel is of no use. */
export function without({ ids, active }: Sessions, id: string): Sessions {
  const at = ids.indexOf(id);
  const left = ids.filter((one) => one !== id);
  const next = left[Math.min(at, left.length - 1)];
  if (next === undefined) return withNew({ ids: [], active: "" });
  return { ids: left, active: active === id ? next : active };
}

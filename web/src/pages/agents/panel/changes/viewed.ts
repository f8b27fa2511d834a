// Which files a person has looked at, on this device. A file that changes afterwards is news.
import { recall, remember } from "@/lib/storage";

const MARKS_MAX = 500;
const NAME = "viewed";

/** A short fingerprint of a text; equal texts have equal ones, and that is all it is for. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

function marks(): [string, string][] {
  try {
    const stored: unknown = JSON.parse(recall(NAME) ?? "[]");
    return Array.isArray(stored) ? stored : [];
  } catch {
    return [];
  }
}

export function isViewed(key: string, print: string): boolean {
  return marks().some(([one, seen]) => one === key && seen === print);
}

/** Remembers or forgets; the oldest marks make room. */
export function setViewed(key: string, print: string | null): void {
  const others = marks().filter(([one]) => one !== key);
  if (print !== null) others.push([key, print]);
  remember(NAME, JSON.stringify(others.slice(-MARKS_MAX)));
}

// Whose words this page keeps. What somebody has not sent yet is stored under their id: whoever
// signs in next in this browser never sees it, and they find it again.
import { forget, rememberedNames } from "./storage";

/** The beginnings of the names under which words are kept. */
const KEPT = ["draft.", "unsent."];

let owner = "";
const listeners = new Set<() => void>();

/** The person that is signed in; true if this page was somebody else's. */
export function setOwner(id: string): boolean {
  const was = owner;
  owner = id;
  return was !== "" && was !== id;
}

/** The name under which this person keeps something. */
export function owned(name: string): string {
  return owner === "" ? name : `${owner}.${name}`;
}

/** Called before the words of a person who has signed out are dropped. */
export function whenDropped(listener: () => void): void {
  listeners.add(listener);
}

/** The person has signed out: nothing of what they wrote stays behind. */
export function dropOwned(): void {
  for (const listener of listeners) listener();
  for (const kept of KEPT) for (const name of rememberedNames(kept + owned(""))) forget(name);
  owner = "";
}

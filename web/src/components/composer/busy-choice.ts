import { useSyncExternalStore } from "react";
import type { BusyBehavior } from "@/api/generated/types";

// What Enter does while the agent works. It lasts as long as the page: nobody should interrupt
// tomorrow because they did it once today.
let chosen: BusyBehavior = "queue";
const listeners = new Set<() => void>();

export function chooseBusy(behavior: BusyBehavior): void {
  chosen = behavior;
  for (const listener of listeners) listener();
}

export function useBusyChoice(): BusyBehavior {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );
}

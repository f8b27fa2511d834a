import { useSyncExternalStore } from "react";
import { serverNow } from "@/api/client";

// One timer for everything on the screen that shows passing time.

function ticker(everyMs: number) {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let now = serverNow();
  const tick = () => {
    now = serverNow();
    for (const listener of listeners) listener();
  };
  return {
    subscribe: (listener: () => void) => {
      if (listeners.size === 0) {
        now = serverNow();
        timer = setInterval(tick, everyMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
    read: () => now,
  };
}

const seconds = ticker(1_000);
const minutes = ticker(30_000);

/** The server's time, once a second. */
export function useSeconds(): number {
  return useSyncExternalStore(seconds.subscribe, seconds.read);
}

/** The server's time, twice a minute. */
export function useMinutes(): number {
  return useSyncExternalStore(minutes.subscribe, minutes.read);
}

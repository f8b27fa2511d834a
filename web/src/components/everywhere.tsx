import { lazy, Suspense, useEffect } from "react";
import { useShell } from "@/lib/shell";
import { useKeys } from "@/lib/use-keys";

const palette = () => import("./palette");
const help = () => import("./help");
const toaster = () => import("./ui/toaster");
const Palette = lazy(async () => ({ default: (await palette()).Palette }));
const Help = lazy(async () => ({ default: (await help()).Help }));

/** After what the page itself needs, and before anybody has pressed the keys. */
const PREPARED_AFTER_MS = 500;

/** The keys that work on every page, what they open, and passing words. */
export function Everywhere() {
  useKeys();
  const shell = useShell();
  useEffect(() => {
    const timer = setTimeout(() => {
      // A lost chunk is asked for again when it is needed.
      void Promise.allSettled([toaster(), palette(), help()]);
    }, PREPARED_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <Suspense fallback={null}>
      {shell.palette && <Palette />}
      {shell.help && <Help />}
    </Suspense>
  );
}

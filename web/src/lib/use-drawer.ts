import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { useShell } from "./shell";

const FIRST = ".side .side-head a, .side .side-head button";

/** The menu at the side where there is no room beside it: open, it has the focus. */
export function useDrawer() {
  const { drawer, setDrawer } = useShell();
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it closes on navigation
  useEffect(() => setDrawer(false), [pathname]);
  useEffect(() => {
    if (!drawer) return;
    const before = document.activeElement;
    document.querySelector<HTMLElement>(FIRST)?.focus();
    const press = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) setDrawer(false);
    };
    // A link to where one is already navigates nowhere.
    const click = ({ target }: MouseEvent) => {
      if (target instanceof Element && target.closest(".side a[href]")) setDrawer(false);
    };
    window.addEventListener("keydown", press);
    window.addEventListener("click", click);
    return () => {
      window.removeEventListener("keydown", press);
      window.removeEventListener("click", click);
      const isInside = document.activeElement?.closest(".side");
      if (isInside && before instanceof HTMLElement) before.focus();
    };
  }, [drawer, setDrawer]);
  return { drawer, setDrawer };
}

import { Outlet, useLocation } from "@tanstack/react-router";
import { type CSSProperties, useEffect } from "react";
import { Help } from "@/components/help";
import { Palette } from "@/components/palette";
import { useShell } from "@/lib/shell";
import { useSide } from "@/lib/side";
import { useKeys } from "@/lib/use-keys";
import { Sidebar } from "./list/sidebar";

/** The list of chats beside whatever is open; on phones the list is a drawer. */
export function AgentsLayout() {
  useKeys();
  const { drawer, setDrawer } = useShell();
  const { width, collapsed } = useSide();
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes on navigation
  useEffect(() => setDrawer(false), [pathname]);
  return (
    <div
      className={`app ${drawer ? "drawer-open" : ""} ${collapsed ? "collapsed" : ""}`}
      {...(width === null ? {} : { style: { "--side": `${width}px` } as CSSProperties })}
    >
      <a className="skip" href="#main">
        Skip to the conversation
      </a>
      <Sidebar />
      {drawer && (
        <button
          type="button"
          className="scrim"
          aria-label="Close the list"
          onClick={() => setDrawer(false)}
        />
      )}
      <Outlet />
      <Palette />
      <Help />
    </div>
  );
}

import { Outlet } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import { Everywhere } from "@/components/everywhere";
import { useDevice } from "@/lib/device";
import { useSide } from "@/lib/side";
import { useDrawer } from "@/lib/use-drawer";
import { Sidebar } from "./list/sidebar";

/** The list of chats beside whatever is open; on phones the list is a drawer. */
export function AgentsLayout() {
  const { drawer, setDrawer } = useDrawer();
  const { width, collapsed } = useSide();
  const { wide } = useDevice();
  return (
    <div
      className={`app ${drawer ? "drawer-open" : ""} ${collapsed ? "collapsed" : ""} ${wide ? "wide" : ""}`}
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
      <Everywhere />
    </div>
  );
}

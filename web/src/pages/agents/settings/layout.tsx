import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { useMe } from "@/api/session";
import { Initials } from "@/components/initials";
import { IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Empty } from "@/components/ui/states";
import { useShell } from "@/lib/shell";
import { navigation } from "./nav";

export function SettingsLayout() {
  const me = useMe();
  const { drawer, setDrawer } = useShell();
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes on navigation
  useEffect(() => setDrawer(false), [pathname]);
  const groups = navigation(me);
  const current = groups
    .flatMap((group) => group.entries)
    .find((entry) => pathname.startsWith(entry.to));
  return (
    <div className={`app two settings ${drawer ? "drawer-open" : ""}`}>
      <a className="skip" href="#main">
        Skip to the settings
      </a>
      <nav className="side" aria-label="Settings">
        <div className="side-head">
          <Link to="/agents" className="btn text back">
            <Glyph name="left" />
            Back to chats
          </Link>
        </div>
        <div className="nav grow">
          {groups.map((group) => (
            <div key={group.name}>
              <h2>{group.name}</h2>
              {group.entries.map((entry) => (
                <Link key={entry.to} to={entry.to} activeProps={{ className: "on" }}>
                  {entry.name}
                </Link>
              ))}
            </div>
          ))}
        </div>
        <div className="side-foot">
          <Initials name={me.name || me.username} />
          <span className="cut">{me.username}</span>
        </div>
      </nav>
      {drawer && (
        <button
          type="button"
          className="scrim"
          aria-label="Close the menu"
          onClick={() => setDrawer(false)}
        />
      )}
      <main className="main" id="main">
        <header className="top settings-top">
          <IconButton glyph="menu" label="Show settings" onClick={() => setDrawer(true)} />
          <span className="cut">{current?.name ?? "Settings"}</span>
        </header>
        <div className="page">
          <div className="in">
            {current ? (
              <Outlet />
            ) : (
              <Empty title="You don’t have access" page>
                This page belongs to another role. Ask your administrator.
              </Empty>
            )}
          </div>
        </div>
      </main>
    </div>
  );
}

import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { useMe } from "@/api/session";
import { Everywhere } from "@/components/everywhere";
import { Initials } from "@/components/initials";
import { IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Empty } from "@/components/ui/states";
import { useDrawer } from "@/lib/use-drawer";
import { navigation } from "./nav";

export function SettingsLayout() {
  const me = useMe();
  const { drawer, setDrawer } = useDrawer();
  const { pathname } = useLocation();
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
      <Everywhere />
    </div>
  );
}

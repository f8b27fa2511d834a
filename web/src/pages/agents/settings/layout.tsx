import { Link, Outlet } from "@tanstack/react-router";
import { useMe } from "@/api/session";
import { Initials } from "@/components/initials";
import { Glyph } from "@/components/ui/glyph";
import { navigation } from "./nav";

export function SettingsLayout() {
  const me = useMe();
  return (
    <div className="app two settings">
      <nav className="side" aria-label="Settings">
        <div className="side-head">
          <Link to="/agents" className="btn text back">
            <Glyph name="left" />
            Back to chats
          </Link>
        </div>
        <div className="nav">
          {navigation(me).map((group) => (
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
      <main className="main">
        <div className="page">
          <div className="in">
            <Outlet />
          </div>
        </div>
      </main>
    </div>
  );
}

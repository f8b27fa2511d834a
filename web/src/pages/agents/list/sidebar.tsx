import { Link, useNavigate } from "@tanstack/react-router";
import { IconButton } from "@/components/ui/button";
import { useShell } from "@/lib/shell";
import { useSide } from "@/lib/side";
import { Account } from "./account";
import { ChatList } from "./chat-list";
import { Resize } from "./resize";

/** From here on the list stands beside the chat (design: layout by width). */
const WIDE = "(min-width: 1100px)";

export function Sidebar() {
  const navigate = useNavigate();
  const { setDrawer, setPalette } = useShell();
  const { collapsed, setCollapsed } = useSide();
  // Where the list has no place of its own it comes as a drawer.
  const show = () =>
    collapsed && matchMedia(WIDE).matches ? setCollapsed(false) : setDrawer(true);
  const create = () => {
    setDrawer(false);
    void navigate({ to: "/agents" });
  };
  return (
    <nav className="side" aria-label="Chats" id="chats">
      <div className="rail">
        <IconButton glyph="menu" label="Show chats" onClick={show} />
        <IconButton glyph="plus" label="New chat" onClick={create} />
      </div>
      <div className="side-head">
        <Link to="/agents" className="wordmark grow">
          Muster
        </Link>
        <IconButton
          glyph="find"
          label="Search and commands"
          keys="Ctrl K"
          onClick={() => setPalette(true)}
        />
        <IconButton glyph="plus" label="New chat" keys="n" onClick={create} />
        <IconButton
          glyph="left"
          label="Hide the list"
          className="wide-only"
          onClick={() => setCollapsed(true)}
        />
      </div>
      <ChatList />
      <Account />
      <Resize />
    </nav>
  );
}

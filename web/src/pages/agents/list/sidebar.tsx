import { Link, useNavigate } from "@tanstack/react-router";
import { IconButton } from "@/components/ui/button";
import { useShell } from "@/lib/shell";
import { Account } from "./account";
import { ChatList } from "./chat-list";

export function Sidebar() {
  const navigate = useNavigate();
  const { setDrawer, setPalette } = useShell();
  const create = () => void navigate({ to: "/agents" });
  return (
    <nav className="side" aria-label="Chats" id="chats">
      <div className="rail">
        <IconButton glyph="menu" label="Show chats" onClick={() => setDrawer(true)} />
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
      </div>
      <ChatList />
      <Account />
    </nav>
  );
}

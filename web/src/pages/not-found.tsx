import { Link } from "@tanstack/react-router";
import { Empty } from "@/components/ui/states";

export function NotFoundPage() {
  return (
    <main className="auth">
      <div className="auth-in">
        <span className="wordmark">Muster</span>
        <Empty title="There is no such page" page>
          <Link to="/agents" className="link">
            Go to your chats
          </Link>
        </Empty>
      </div>
    </main>
  );
}

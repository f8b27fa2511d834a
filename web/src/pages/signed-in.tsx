import { useQuery } from "@tanstack/react-query";
import { Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { ApiError } from "@/api/client";
import { meQuery } from "@/api/session";
import { Failed } from "@/components/ui/states";
import { ChatWatch } from "./watch/chat-watch";

/**
 * Everything that needs a session. Only a real 401 leads to the sign-in page; while the server
 * is in trouble the page stays where it is and heals by itself.
 */
export function SignedIn() {
  const me = useQuery(meQuery);
  const { href } = useLocation();
  if (me.error instanceof ApiError && me.error.status === 401) {
    return <Navigate to="/login" search={{ redirect: href }} replace />;
  }
  if (me.data) {
    return (
      <>
        <ChatWatch />
        <Outlet />
      </>
    );
  }
  if (me.isError) {
    return (
      <main className="auth">
        <div className="auth-in">
          <Failed title="The server is in trouble" error={me.error} onRetry={() => me.refetch()} />
        </div>
      </main>
    );
  }
  return <main className="auth" aria-busy="true" />;
}

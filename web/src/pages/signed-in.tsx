import { useQuery } from "@tanstack/react-query";
import { Outlet, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
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
  if (me.error instanceof ApiError && me.error.status === 401) {
    return <Leave />;
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
          <span className="wordmark">Muster</span>
          <Failed title="The server is in trouble" error={me.error} onRetry={() => me.refetch()} />
        </div>
      </main>
    );
  }
  return <main className="auth" aria-busy="true" />;
}

/** To the sign-in page and, afterwards, back to here: once, wherever that way itself leads. */
function Leave() {
  const router = useRouter();
  useEffect(() => {
    const { href } = router.state.location;
    void router.navigate({ to: "/login", search: { redirect: href }, replace: true });
  }, [router]);
  return <main className="auth" aria-busy="true" />;
}

import { useQuery } from "@tanstack/react-query";
import { Outlet, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { ApiError } from "@/api/client";
import { meQuery } from "@/api/session";
import { Failed } from "@/components/ui/states";

/**
 * Everything that needs a session. Only a real 401 leads to the sign-in page; while the server
 * is in trouble the page stays where it is and heals by itself.
 */
export function SignedIn() {
  const me = useQuery(meQuery);
  const isSignedOut = me.error instanceof ApiError && me.error.status === 401;
  const router = useRouter();
  // Once: every step of the way to the sign-in page renders this again, with another address.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the address of then, not of now
  useEffect(() => {
    const redirect = router.latestLocation.href;
    if (isSignedOut) void router.navigate({ to: "/login", search: { redirect }, replace: true });
  }, [isSignedOut]);
  if (isSignedOut) return <main className="auth" aria-busy="true" />;
  if (me.data) return <Outlet />;
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

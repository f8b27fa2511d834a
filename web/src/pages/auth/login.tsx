import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError, api, errorText } from "@/api/client";
import type { AuthMethods } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { safeRedirect, signIn, signInByLink } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { plural } from "@/lib/format";
import { AuthFrame } from "./frame";
import { takeSecret } from "./link-secret";

function problem(error: unknown): string {
  if (error instanceof ApiError && error.status === 429 && error.retryAfterMs) {
    const seconds = Math.ceil(error.retryAfterMs / 1_000);
    return `${error.message} Try again in ${plural(seconds, "second")}.`;
  }
  return errorText(error);
}

export function LoginPage() {
  const { redirect } = useSearch({ strict: false }) as { redirect?: string };
  const navigate = useNavigate();
  const [secret] = useState(takeSecret);
  const tried = useRef(false);
  const [linkError, setLinkError] = useState<string | null>(null);

  const enter = async () => {
    queryClient.removeQueries({ queryKey: ["me"] });
    await navigate({ to: safeRedirect(redirect), replace: true });
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: a link works once
  useEffect(() => {
    if (!secret || tried.current) return;
    tried.current = true;
    signInByLink(secret).then(enter, (error: unknown) => setLinkError(problem(error)));
  }, [secret]);

  if (secret && !linkError) {
    return (
      <AuthFrame title="Signing in">
        <p className="auth-wait" role="status">
          <Glyph name="run" /> One moment. The link works once.
        </p>
      </AuthFrame>
    );
  }
  return <SignIn linkError={linkError} onDone={enter} />;
}

function SignIn({ linkError, onDone }: { linkError: string | null; onDone: () => Promise<void> }) {
  const methods = useQuery({
    queryKey: ["authmethods"],
    queryFn: ({ signal }) => api.get<AuthMethods>("/users/authmethods", undefined, signal),
  });
  return (
    <AuthFrame title="Sign in">
      {linkError && (
        <p className="auth-error" role="alert">
          <Glyph name="error" /> {linkError}
        </p>
      )}
      {methods.isPending && <Loading rows={3} />}
      {methods.isError && (
        <Failed
          title="The server can’t be reached"
          error={methods.error}
          onRetry={() => methods.refetch()}
        />
      )}
      {methods.data?.password.enabled && <PasswordForm onDone={onDone} />}
      <p className="auth-hint">
        Or open the login link that the server printed when it started. <code>muster up</code>{" "}
        prints a new one.
      </p>
    </AuthFrame>
  );
}

function PasswordForm({ onDone }: { onDone: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await signIn(String(form.get("email")), String(form.get("password")));
      await onDone();
    } catch (cause) {
      setError(problem(cause));
      setBusy(false);
    }
  };
  return (
    <form className="auth-form" onSubmit={submit}>
      <label>
        Email
        <input className="inp" name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password
        <input
          className="inp"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
      </label>
      {error && (
        <p className="auth-error" role="alert">
          <Glyph name="error" /> {error}
        </p>
      )}
      <Button look="primary" type="submit" disabled={busy}>
        {busy ? "Signing in" : "Sign in"}
      </Button>
    </form>
  );
}

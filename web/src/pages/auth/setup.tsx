import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError, api, errorText, request } from "@/api/client";
import type { CreateFirstUserRequest } from "@/api/generated/types";
import { signIn } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { AuthFrame } from "./frame";

/** Whether anybody exists yet: the server answers 404 until somebody does. */
async function hasFirstUser(signal: AbortSignal): Promise<boolean> {
  try {
    await api.get("/users/first", undefined, signal);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return false;
    throw error;
  }
}

/** What is wrong with the fields, where the server says it. */
function reason(error: unknown): string {
  const wrong = error instanceof ApiError ? error.validations : [];
  const sentences = wrong.map(({ field, detail }) => `The ${field} ${detail}.`);
  return sentences.join(" ") || errorText(error);
}

export function SetupPage() {
  const first = useQuery({ queryKey: ["first"], queryFn: ({ signal }) => hasFirstUser(signal) });
  if (first.data === true) return <Navigate to="/login" replace />;
  return (
    <AuthFrame title="The first account" about="It becomes the owner of this server.">
      {first.isPending && <Loading rows={4} />}
      {first.isError && (
        <Failed title="The server can’t be reached" error={first.error} onRetry={first.refetch} />
      )}
      {first.data === false && <FirstUserForm />}
    </AuthFrame>
  );
}

function FirstUserForm() {
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    const body: CreateFirstUserRequest = {
      email: text("email"),
      username: text("username"),
      password: text("password"),
    };
    setBusy(true);
    try {
      await request("POST", "/users/first", { body, anonymous: true });
      await signIn(body.email, body.password);
      await navigate({ to: "/agents", replace: true });
    } catch (cause) {
      setError(cause);
      setBusy(false);
    }
  };
  return (
    <form className="auth-form" onSubmit={submit}>
      <label>
        Email
        <input className="inp" name="email" type="email" autoComplete="email" required />
      </label>
      <label>
        User name
        <input className="inp" name="username" autoComplete="username" required />
      </label>
      <label>
        Password
        <input
          className="inp"
          name="password"
          type="password"
          autoComplete="new-password"
          required
        />
      </label>
      {error !== null && (
        <p className="auth-error" role="alert">
          <Glyph name="error" /> {reason(error)}
        </p>
      )}
      <Button look="primary" type="submit" disabled={busy}>
        Create the account
      </Button>
    </form>
  );
}

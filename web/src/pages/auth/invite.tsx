import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError, errorText } from "@/api/client";
import { queryClient } from "@/api/query";
import { acceptInvite } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { fieldError } from "../agents/settings/parts/field-error";
import { AuthFrame } from "./frame";
import { takeSecret } from "./link-secret";

const FIELDS = [
  { name: "email", label: "Email", type: "email", autoComplete: "email" },
  { name: "username", label: "User name", type: "text", autoComplete: "username" },
  { name: "password", label: "Password", type: "password", autoComplete: "new-password" },
] as const;

/** Where an invitation leads: people make their own account and are signed in. */
export function InvitePage() {
  const [secret] = useState(takeSecret);
  const [isOver, setOver] = useState(false);
  if (!secret || isOver) {
    return (
      <AuthFrame title="This invitation is not valid">
        <p className="auth-error" role="alert">
          <Glyph name="error" /> A link works once and for seven days. Ask for a new one.
        </p>
        <p className="auth-hint">
          You have an account already? <a href="/login">Sign in</a>
        </p>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title="Join your team" about="Choose how you sign in from now on.">
      <AccountForm secret={secret} onInvalid={() => setOver(true)} />
    </AuthFrame>
  );
}

function AccountForm({ secret, onInvalid }: { secret: string; onInvalid: () => void }) {
  const navigate = useNavigate();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    setBusy(true);
    setError(null);
    try {
      await acceptInvite({
        secret,
        email: text("email"),
        username: text("username"),
        password: text("password"),
      });
      queryClient.removeQueries({ queryKey: ["me"] });
      await navigate({ to: "/agents", replace: true });
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 401) return onInvalid();
      setError(cause);
      setBusy(false);
    }
  };
  const isNamed = FIELDS.some((field) => fieldError(error, field.name));
  return (
    <form className="auth-form" onSubmit={submit}>
      {FIELDS.map(({ name, label, ...input }) => (
        <Field key={name} label={label} error={fieldError(error, name)}>
          {(ids) => <Input {...ids} {...input} name={name} required />}
        </Field>
      ))}
      {error !== null && !isNamed && (
        <p className="auth-error" role="alert">
          <Glyph name="error" /> {errorText(error)}
        </p>
      )}
      <Button look="primary" type="submit" disabled={busy}>
        {busy ? "Joining" : "Join"}
      </Button>
    </form>
  );
}

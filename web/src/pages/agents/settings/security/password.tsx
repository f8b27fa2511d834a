import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { UpdatePasswordRequest } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { useMe } from "@/api/session";
import { Field, Input } from "@/components/ui/form";
import { fieldError } from "../parts/field-error";
import { SaveBar } from "../parts/save-bar";
import { SESSIONS } from "./sessions";

const EMPTY = { old: "", next: "", again: "" };

export function PasswordForm() {
  const me = useMe();
  const [draft, setDraft] = useState(EMPTY);
  const [differs, setDiffers] = useState(false);
  const save = useMutation({
    mutationFn: (body: UpdatePasswordRequest) => api.put("/users/me/password", body),
    onSuccess: async () => {
      setDraft(EMPTY);
      await queryClient.invalidateQueries({ queryKey: SESSIONS });
    },
  });
  const change = (field: keyof typeof EMPTY) => ({
    value: draft[field],
    type: "password",
    required: true,
    onChange: (event: { target: { value: string } }) => {
      save.reset();
      setDiffers(false);
      setDraft({ ...draft, [field]: event.target.value });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft.next !== draft.again) setDiffers(true);
    else save.mutate({ old_password: draft.old, password: draft.next });
  };
  const old = fieldError(save.error, "old_password");
  const next = fieldError(save.error, "password");
  return (
    <form onSubmit={submit}>
      {/* For password managers: whose password it is. */}
      <input type="text" autoComplete="username" value={me.email} readOnly hidden />
      <div className="form">
        <Field label="Current password" error={old}>
          {(ids) => <Input {...ids} {...change("old")} autoComplete="current-password" />}
        </Field>
        <Field label="New password" help="At least 8 characters, and hard to guess." error={next}>
          {(ids) => <Input {...ids} {...change("next")} autoComplete="new-password" />}
        </Field>
        <Field label="New password again" error={differs ? "The two differ." : undefined}>
          {(ids) => <Input {...ids} {...change("again")} autoComplete="new-password" />}
        </Field>
      </div>
      <SaveBar
        changes={Object.values(draft).filter(Boolean).length}
        saving={save.isPending}
        saved={save.isSuccess}
        verb="Change password"
        busyVerb="Changing"
        note="Your other sessions end."
        error={save.isError && !old && !next ? errorText(save.error) : undefined}
        onDiscard={() => {
          save.reset();
          setDiffers(false);
          setDraft(EMPTY);
        }}
      />
    </form>
  );
}

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { UpdateProfileRequest, User } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { meQuery, useMe } from "@/api/session";
import { PageHead } from "@/components/page-head";
import { Field, Input } from "@/components/ui/form";
import { fieldError } from "./parts/field-error";
import { SaveBar } from "./parts/save-bar";

export function AccountPage() {
  const me = useMe();
  const stored = { username: me.username, name: me.name };
  const [draft, setDraft] = useState(stored);
  const save = useMutation({
    mutationFn: (body: UpdateProfileRequest) => api.put<User>("/users/me/profile", body),
    onSuccess: (user) => {
      queryClient.setQueryData(meQuery.queryKey, user);
      setDraft({ username: user.username, name: user.name });
    },
  });
  const at = (field: string) => fieldError(save.error, field);
  const input = (field: keyof typeof draft) => ({
    value: draft[field],
    onChange: (event: { target: { value: string } }) => {
      save.reset();
      setDraft({ ...draft, [field]: event.target.value });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(draft);
  };
  const roles = me.roles.map((role) => role.display_name || role.name).join(", ");
  return (
    <>
      <PageHead title="Account" about="What others call you here." />
      <form onSubmit={submit}>
        <div className="form">
          <Field label="Name" error={at("name")}>
            {(ids) => <Input {...ids} {...input("name")} autoComplete="name" />}
          </Field>
          <Field label="User name" help="In addresses and commands." error={at("username")}>
            {(ids) => <Input {...ids} {...input("username")} required autoComplete="username" />}
          </Field>
          <span className="lab">Email</span>
          <p className="given m">{me.email}</p>
          <span className="lab">Roles</span>
          <p className="given m">{roles || "Member"}</p>
        </div>
        <SaveBar
          changes={Number(draft.name !== stored.name) + Number(draft.username !== stored.username)}
          saving={save.isPending}
          saved={save.isSuccess}
          error={save.isError && !at("name") && !at("username") ? errorText(save.error) : undefined}
          onDiscard={() => {
            save.reset();
            setDraft(stored);
          }}
        />
      </form>
    </>
  );
}

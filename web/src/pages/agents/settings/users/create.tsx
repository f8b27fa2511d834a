import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { CreateUserRequest, User } from "@/api/generated/types";
import { Field, Input } from "@/components/ui/form";
import { fieldError } from "../parts/field-error";
import { SaveBar } from "../parts/save-bar";
import { Section } from "../parts/section";
import { refreshUsers } from "./queries";

const EMPTY = { email: "", username: "", name: "", password: "" };

interface Props {
  onDone: (user: string) => void;
  onCancel: () => void;
}

export function CreateUser({ onDone, onCancel }: Props) {
  const [draft, setDraft] = useState(EMPTY);
  const create = useMutation({
    mutationFn: (body: CreateUserRequest) => api.post<User>("/users", body),
    onSuccess: async (user) => {
      await refreshUsers();
      onDone(user.username);
    },
  });
  const at = (field: string) => fieldError(create.error, field);
  const named = Object.keys(EMPTY).some(at);
  const input = (name: keyof typeof EMPTY, type: string) => (ids: object) => (
    <Input
      {...ids}
      type={type}
      autoComplete={type === "password" ? "new-password" : "off"}
      required={name !== "name"}
      value={draft[name]}
      onChange={(event) => {
        create.reset();
        setDraft({ ...draft, [name]: event.target.value });
      }}
    />
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(draft);
  };
  return (
    <Section title="New user">
      <form onSubmit={submit}>
        <div className="form">
          <Field label="Email" error={at("email")}>
            {input("email", "email")}
          </Field>
          <Field label="User name" help="In addresses and commands." error={at("username")}>
            {input("username", "text")}
          </Field>
          <Field label="Full name" error={at("name")}>
            {input("name", "text")}
          </Field>
          <Field
            label="Password"
            help="Tell it to them; they can change it."
            error={at("password")}
          >
            {input("password", "password")}
          </Field>
        </div>
        <SaveBar
          changes={Object.values(draft).filter(Boolean).length}
          saving={create.isPending}
          always
          verb="Add user"
          busyVerb="Adding"
          error={create.isError && !named ? errorText(create.error) : undefined}
          onDiscard={onCancel}
        />
      </form>
    </Section>
  );
}

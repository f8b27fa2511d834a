import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, errorText } from "@/api/client";
import type { UpdateRolesRequest, User } from "@/api/generated/types";
import { SaveBar } from "../parts/save-bar";
import { differs, held } from "./held";
import { refreshUsers } from "./queries";
import { RoleChecks } from "./role-checks";

export function Roles({ user }: { user: User }) {
  const stored = held(user);
  const [chosen, setChosen] = useState(stored);
  const save = useMutation({
    mutationFn: (body: UpdateRolesRequest) => api.put<User>(`/users/${user.id}/roles`, body),
    onSuccess: async (saved) => {
      await refreshUsers();
      setChosen(held(saved));
    },
  });
  const toggle = (role: string, on: boolean) => {
    save.reset();
    setChosen((before) => (on ? [...before, role] : before.filter((one) => one !== role)));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ roles: chosen });
      }}
    >
      <RoleChecks chosen={chosen} onToggle={toggle} />
      <SaveBar
        changes={differs(chosen, stored)}
        saving={save.isPending}
        saved={save.isSuccess}
        error={save.isError ? errorText(save.error) : undefined}
        onDiscard={() => {
          save.reset();
          setChosen(stored);
        }}
      />
    </form>
  );
}

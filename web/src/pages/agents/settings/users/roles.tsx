import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, errorText } from "@/api/client";
import type { UpdateRolesRequest, User } from "@/api/generated/types";
import { Checkbox } from "@/components/ui/form";
import { Failed, Loading } from "@/components/ui/states";
import { SaveBar } from "../parts/save-bar";
import { differs, held } from "./held";
import { refreshUsers, rolesQuery } from "./queries";

export function Roles({ user }: { user: User }) {
  const roles = useQuery(rolesQuery);
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
  if (roles.isPending) return <Loading rows={3} label="Loading roles" />;
  if (roles.isError) {
    return <Failed title="Roles could not be loaded" error={roles.error} onRetry={roles.refetch} />;
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ roles: chosen });
      }}
    >
      <fieldset className="form roles">
        <legend className="vh">Roles</legend>
        <span className="lab">Roles</span>
        <div className="checks">
          {roles.data
            .filter((role) => role.name !== "member")
            .map((role) => (
              // biome-ignore lint/a11y/noLabelWithoutControl: the checkbox is a control
              <label key={role.name}>
                <Checkbox
                  checked={chosen.includes(role.name)}
                  disabled={!role.assignable}
                  onCheckedChange={(on) => toggle(role.name, on === true)}
                />
                {role.display_name || role.name}
                {!role.assignable && <span className="q">Only an owner can give it</span>}
              </label>
            ))}
        </div>
      </fieldset>
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

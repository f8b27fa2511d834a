import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, errorText } from "@/api/client";
import type { CreateInviteRequest, CreateInviteResponse } from "@/api/generated/types";
import { SaveBar } from "../parts/save-bar";
import { Section } from "../parts/section";
import { ShownOnce } from "../parts/shown-once";
import { differs } from "./held";
import { refreshInvites } from "./queries";
import { RoleChecks } from "./role-checks";

/** New people may have agents work, as on every fresh server. */
const USUAL = ["agents-access"];

/** Makes a link by which somebody makes their own account. */
export function InviteUser({ onDone }: { onDone: () => void }) {
  const [roles, setRoles] = useState(USUAL);
  const invite = useMutation({
    mutationFn: (body: CreateInviteRequest) =>
      api.post<CreateInviteResponse>("/users/invites", body),
    onSuccess: refreshInvites,
  });
  if (invite.data) {
    const link = `${location.origin}/invite#secret=${invite.data.secret}`;
    return <ShownOnce what="link" secret={link} onDone={onDone} />;
  }
  const toggle = (role: string, on: boolean) =>
    setRoles((before) => (on ? [...before, role] : before.filter((one) => one !== role)));
  return (
    <Section title="Invite by link" note="It works once and for seven days.">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate({ roles });
        }}
      >
        <RoleChecks chosen={roles} onToggle={toggle} />
        <SaveBar
          changes={differs(roles, USUAL)}
          saving={invite.isPending}
          always
          verb="Make a link"
          busyVerb="Making"
          error={invite.isError ? errorText(invite.error) : undefined}
          onDiscard={onDone}
        />
      </form>
    </Section>
  );
}

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, errorText } from "@/api/client";
import type { CreateInviteRequest, CreateInviteResponse } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Notice } from "@/components/ui/states";
import { complain, say } from "@/components/ui/toast";
import { SaveBar } from "../parts/save-bar";
import { Section } from "../parts/section";
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
  if (invite.data) return <Link secret={invite.data.secret} onDone={onDone} />;
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
          changes={roles.length}
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

function Link({ secret, onDone }: { secret: string; onDone: () => void }) {
  const link = `${location.origin}/invite#secret=${secret}`;
  const copy = () =>
    navigator.clipboard.writeText(link).then(
      () => say("Link copied."),
      (error: unknown) => complain(`Not copied: ${errorText(error)} Select it and copy it.`),
    );
  return (
    <div className="made" role="status">
      <Notice
        tone="ask"
        glyph="hand"
        title="Copy the link now. It is not shown again."
        actions={
          <>
            <Button look="primary" onClick={copy}>
              <Glyph name="copy" /> Copy
            </Button>
            <Button look="text" onClick={onDone}>
              I have it
            </Button>
          </>
        }
      >
        <p>
          <code className="secret">{link}</code>
        </p>
      </Notice>
    </div>
  );
}

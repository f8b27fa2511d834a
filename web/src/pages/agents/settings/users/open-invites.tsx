import { useMutation, useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Invite } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Failed } from "@/components/ui/states";
import { complain, say } from "@/components/ui/toast";
import { day } from "../parts/day";
import { Section } from "../parts/section";
import { invitesQuery, refreshInvites } from "./queries";

/** The links that nobody has followed yet. Without any there is nothing to see. */
export function OpenInvites() {
  const invites = useQuery(invitesQuery);
  const withdraw = useMutation({
    mutationFn: (invite: Invite) => api.delete(`/users/invites/${invite.id}`),
    onSuccess: () => say("Invitation withdrawn."),
    onError: (error) => complain("Not withdrawn.", error),
    onSettled: refreshInvites,
  });
  if (invites.isError) {
    return (
      <Failed
        title="Invitations could not be loaded"
        error={invites.error}
        onRetry={invites.refetch}
      />
    );
  }
  if (!invites.data?.length) return null;
  return (
    <Section title="Open invitations">
      <table className="tbl">
        <thead>
          <tr>
            <th>Invited by</th>
            <th>Roles</th>
            <th>Ends</th>
            <th className="r">
              <span className="vh">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {invites.data.map((invite) => (
            <tr key={invite.id}>
              <td dir="auto">{invite.created_by_name}</td>
              <td className="m">{invite.roles.join(", ") || "member"}</td>
              <td className="m" data-label="Ends">
                {day(invite.expires_at)}
              </td>
              <td className="r">
                <Button
                  look="danger"
                  size="small"
                  disabled={withdraw.isPending}
                  onClick={() => withdraw.mutate(invite)}
                >
                  Withdraw
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

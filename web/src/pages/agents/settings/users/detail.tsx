import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { User } from "@/api/generated/types";
import { useMe } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { complain, say } from "@/components/ui/toast";
import { plain } from "@/lib/plain";
import { Section } from "../parts/section";
import { refreshUsers } from "./queries";
import { Roles } from "./roles";
import { Spend } from "./spend";

type Act = "suspend" | "activate" | "delete";

const ACTS = {
  suspend: {
    verb: "Suspend",
    about: "They are signed out and can’t sign in until somebody activates them again.",
    done: "User suspended.",
  },
  activate: { verb: "Activate", about: "They can sign in again.", done: "User activated." },
  delete: {
    verb: "Delete",
    about: "They can’t sign in any more. What they have made stays. This can’t be undone.",
    done: "User deleted.",
  },
} as const;

export function UserDetail({ user, onGone }: { user: User; onGone: () => void }) {
  const me = useMe();
  const [act, setAct] = useState<Act | null>(null);
  const run = useMutation({
    mutationFn: (which: Act) =>
      which === "delete"
        ? api.delete(`/users/${user.id}`)
        : api.put(`/users/${user.id}/status/${which}`),
    onSuccess: async (_, which) => {
      if (which === "delete") onGone();
      await refreshUsers();
      say(ACTS[which].done);
    },
    onError: (error, which) => complain(`Not done: ${ACTS[which].verb.toLowerCase()}.`, error),
    onSettled: () => setAct(null),
  });
  const mine = me.id === user.id;
  const suspended = user.status === "suspended";
  return (
    <Section
      title={plain(user.name || user.username)}
      note={mine ? `${user.email}, you` : user.email}
    >
      <Roles user={user} />
      <Spend user={user} />
      {!mine && (
        <div className="savebar">
          <Button onClick={() => setAct(suspended ? "activate" : "suspend")}>
            {suspended ? "Activate" : "Suspend"}
          </Button>
          <span className="grow" />
          <Button look="danger" onClick={() => setAct("delete")}>
            Delete user
          </Button>
        </div>
      )}
      <Confirm
        open={act !== null}
        onClose={() => setAct(null)}
        title={act ? `${ACTS[act].verb} ${user.username}?` : ""}
        about={act ? ACTS[act].about : ""}
        verb={act ? ACTS[act].verb : ""}
        dangerous={act !== "activate"}
        busy={run.isPending}
        onConfirm={() => act && run.mutate(act)}
      />
    </Section>
  );
}

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { Group, PatchGroupRequest, UsersPage } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Select } from "@/components/ui/form";
import { complain, say } from "@/components/ui/toast";
import { plural } from "@/lib/format";
import { plain } from "@/lib/plain";
import { Section } from "../parts/section";

export function GroupDetail({ group, onGone }: { group: Group; onGone: () => void }) {
  const [asking, setAsking] = useState(false);
  const path = `/groups/${group.id}`;
  const refresh = () => queryClient.invalidateQueries({ queryKey: ["groups"] });
  const people = useQuery({
    queryKey: ["users", "all"],
    queryFn: ({ signal }) => api.get<UsersPage>("/users", undefined, signal),
  });
  const change = useMutation({
    mutationFn: (body: PatchGroupRequest) => api.patch<Group>(path, body),
    onSuccess: refresh,
    onError: (error) => complain("The group was not changed.", error),
  });
  const remove = useMutation({
    mutationFn: () => api.delete(path),
    onSuccess: async () => {
      onGone();
      await refresh();
      say("Group deleted.");
    },
    onError: (error) => complain("Not deleted.", error),
    onSettled: () => setAsking(false),
  });
  const inside = new Set(group.members.map((member) => member.id));
  const outside = people.data?.users.filter((user) => !inside.has(user.id)) ?? [];
  const name = plain(group.display_name || group.name);
  return (
    <Section title={name} note={plural(group.total_member_count, "person", "people")}>
      <ul className="rows">
        {group.members.map((member) => (
          <li key={member.id} className="threshold">
            <span className="grow">
              <bdi>{plain(member.name || member.username)}</bdi>{" "}
              <span className="q">{member.email}</span>
            </span>
            <Button
              look="text"
              size="small"
              disabled={change.isPending}
              onClick={() => change.mutate({ remove_users: [member.id] })}
            >
              Remove<span className="vh"> {member.username}</span>
            </Button>
          </li>
        ))}
        {group.members.length === 0 && <li className="q">Nobody is in it yet.</li>}
      </ul>
      <div className="tools">
        <Select
          aria-label="Add a person"
          value=""
          disabled={change.isPending || outside.length === 0}
          onChange={(event) => change.mutate({ add_users: [event.target.value] })}
        >
          <option value="">Add a person</option>
          {outside.map((user) => (
            <option key={user.id} value={user.id}>
              {user.name || user.username}
            </option>
          ))}
        </Select>
        <span className="grow" />
        <Button look="danger" onClick={() => setAsking(true)}>
          Delete group
        </Button>
      </div>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={`Delete ${name}?`}
        about="Its people stay; what they had by this group ends."
        verb="Delete"
        dangerous
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
    </Section>
  );
}

import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { api, errorText } from "@/api/client";
import type { CreateGroupRequest, Group } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { useMe } from "@/api/session";
import { PageHead } from "@/components/page-head";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { plain } from "@/lib/plain";
import { fieldError } from "../parts/field-error";
import { SaveBar } from "../parts/save-bar";
import { Section } from "../parts/section";
import { GroupDetail } from "./detail";

const NEW = "new";

export function GroupsPage() {
  const groups = useQuery({
    queryKey: ["groups"],
    queryFn: ({ signal }) => api.get<Group[]>("/groups", undefined, signal),
  });
  const { group: chosen } = useSearch({ strict: false }) as { group?: string };
  const navigate = useNavigate();
  const open = (group: string | undefined) =>
    void navigate({
      to: "/agents/settings/groups",
      search: { group },
      replace: true,
      // Only Cancel and what removes it close it: nothing is lost by mistake then.
      ignoreBlocker: group === undefined,
    });
  const current = groups.data?.find((one) => one.id === chosen);
  return (
    <>
      <PageHead
        title="Groups"
        about="People who share limits and rights."
        action={
          <Button onClick={() => open(NEW)}>
            <Glyph name="plus" /> Add group
          </Button>
        }
      />
      {groups.isPending && <Loading rows={3} label="Loading groups" />}
      {groups.isError && (
        <Failed title="Groups could not be loaded" error={groups.error} onRetry={groups.refetch} />
      )}
      {groups.data?.length === 0 && chosen !== NEW && (
        <Empty title="No groups yet">A group gathers people, so that rules fit them all.</Empty>
      )}
      {groups.data && groups.data.length > 0 && (
        <Table groups={groups.data} chosen={chosen} onOpen={open} />
      )}
      {chosen === NEW && <CreateGroup onDone={open} onCancel={() => open(undefined)} />}
      {current && <GroupDetail key={current.id} group={current} onGone={() => open(undefined)} />}
    </>
  );
}

interface TableProps {
  groups: Group[];
  chosen: string | undefined;
  onOpen: (group: string) => void;
}

function Table({ groups, chosen, onOpen }: TableProps) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Name</th>
          <th>Identifier</th>
          <th className="r">People</th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr
            key={group.id}
            className={group.id === chosen ? "go sel" : "go"}
            onClick={() => onOpen(group.id)}
          >
            <td>
              <button type="button" className="name" aria-expanded={group.id === chosen}>
                <bdi>{plain(group.display_name || group.name)}</bdi>
              </button>
            </td>
            <td className="m">
              <code>{group.name}</code>
            </td>
            <td className="r" data-label="People">
              {group.total_member_count}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface CreateProps {
  onDone: (group: string) => void;
  onCancel: () => void;
}

function CreateGroup({ onDone, onCancel }: CreateProps) {
  const me = useMe();
  const [name, setName] = useState("");
  const [display, setDisplay] = useState("");
  const create = useMutation({
    mutationFn: (body: CreateGroupRequest) =>
      api.post<Group>(`/organizations/${me.organization_ids[0] ?? "default"}/groups`, body),
    onSuccess: async (group) => {
      await queryClient.invalidateQueries({ queryKey: ["groups"] });
      onDone(group.id);
    },
  });
  const at = (field: string) => fieldError(create.error, field);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate({ name: name.trim(), display_name: display.trim() });
  };
  return (
    <Section title="New group">
      <form onSubmit={submit}>
        <div className="form">
          <Field label="Identifier" help="Letters, digits and hyphens." error={at("name")}>
            {(ids) => (
              <Input
                {...ids}
                mono
                required
                value={name}
                onChange={(event) => setName(event.target.value)}
              />
            )}
          </Field>
          <Field label="Display name" error={at("display_name")}>
            {(ids) => (
              <Input
                {...ids}
                placeholder={name}
                value={display}
                onChange={(event) => setDisplay(event.target.value)}
              />
            )}
          </Field>
        </div>
        <SaveBar
          changes={Number(name !== "") + Number(display !== "")}
          saving={create.isPending}
          always
          verb="Create group"
          busyVerb="Creating"
          error={
            create.isError && !at("name") && !at("display_name")
              ? errorText(create.error)
              : undefined
          }
          onDiscard={onCancel}
        />
      </form>
    </Section>
  );
}

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { Group, UsageLimits } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/form";
import { plural } from "@/lib/format";
import { plain } from "@/lib/plain";
import { Section } from "../parts/section";
import { Override } from "./override";

const PATH = "/chats/usage-limits/group-overrides";

/** Limits of each member of a group; the smallest among a person's groups applies. */
export function GroupLimits({ limits }: { limits: UsageLimits }) {
  const [adding, setAdding] = useState<Group | null>(null);
  const groups = useQuery({
    queryKey: ["groups"],
    queryFn: ({ signal }) => api.get<Group[]>("/groups", undefined, signal),
  });
  const known = new Set(limits.group_overrides.map((one) => one.group_id));
  const free = groups.data?.filter((group) => !known.has(group.id)) ?? [];
  return (
    <Section
      title="Groups"
      about="For each of its members. The smallest among a person’s groups applies."
    >
      <ul className="rows">
        {limits.group_overrides.map((one) => (
          <li key={one.group_id} className="threshold">
            <span className="grow">
              <bdi>{plain(one.group_display_name || one.group_name)}</bdi>{" "}
              <span className="q">{plural(one.member_count, "person", "people")}</span>
            </span>
            <Override
              path={`${PATH}/${one.group_id}`}
              name={one.group_name}
              micros={one.spend_limit_micros}
            />
          </li>
        ))}
        {adding && (
          <li className="threshold">
            <span className="grow">
              <bdi>{plain(adding.display_name || adding.name)}</bdi>
            </span>
            <Override
              path={`${PATH}/${adding.id}`}
              name={adding.name}
              micros={null}
              onDone={() => setAdding(null)}
            />
            <Button look="text" size="small" onClick={() => setAdding(null)}>
              Cancel
            </Button>
          </li>
        )}
        {known.size === 0 && !adding && <li className="q">No group has a limit.</li>}
      </ul>
      <div className="tools">
        <Select
          aria-label="Limit a group"
          value=""
          disabled={free.length === 0}
          onChange={(event) => setAdding(free.find((one) => one.id === event.target.value) ?? null)}
        >
          <option value="">{free.length === 0 ? "No other group" : "Limit a group"}</option>
          {free.map((group) => (
            <option key={group.id} value={group.id}>
              {plain(group.display_name || group.name)}
            </option>
          ))}
        </Select>
      </div>
    </Section>
  );
}

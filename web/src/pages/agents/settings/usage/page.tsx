import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { serverNow } from "@/api/client";
import type { CostByUser } from "@/api/generated/types";
import { costUsersQuery, type Stretch, USERS_PAGE } from "@/api/usage";
import { PageHead } from "@/components/page-head";
import { Input } from "@/components/ui/form";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { dollars, tokens } from "@/lib/format";
import { plain } from "@/lib/plain";
import { Pager } from "../parts/pager";
import { Section } from "../parts/section";
import { type RangeSearch, stretchOf } from "./range";
import { RangeBar } from "./range-bar";
import { Summary } from "./summary";

interface UsageSearch extends RangeSearch {
  user?: string | undefined;
}

export function UsagePage() {
  const search = useSearch({ strict: false }) as UsageSearch;
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [page, setPage] = useState(0);
  const username = useDeferredValue(typed.trim());
  const stretch = stretchOf(search, serverNow());
  const users = useQuery(costUsersQuery(username, page, stretch));
  const go = (next: UsageSearch) =>
    void navigate({ to: "/agents/settings/usage", search: next, replace: true });
  const { range, from, to, user: chosen } = search;
  const current = users.data?.users.find((one) => one.user_id === chosen);
  return (
    <>
      <PageHead title="Usage" about="What people spent on models." />
      <RangeBar
        search={search}
        onChange={(days) => {
          setPage(0);
          go({ ...days, user: chosen });
        }}
      >
        <Input
          type="search"
          aria-label="Search people"
          placeholder="Search by name"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setPage(0);
          }}
        />
      </RangeBar>
      {users.isPending && <Loading rows={5} label="Adding up" />}
      {users.isError && (
        <Failed title="The usage could not be loaded" error={users.error} onRetry={users.refetch} />
      )}
      {users.data?.count === 0 && (
        <Empty title={username ? "Nobody found" : "Nothing was spent"}>
          {username ? "No name has it." : "No model was asked in these days."}
        </Empty>
      )}
      {users.data && users.data.users.length > 0 && (
        <Table
          users={users.data.users}
          chosen={chosen}
          onOpen={(user) => go({ range, from, to, user })}
        />
      )}
      {users.data && users.data.count > USERS_PAGE && (
        <Pager count={users.data.count} size={USERS_PAGE} page={page} onChange={setPage} />
      )}
      {chosen && <Person key={chosen} id={chosen} user={current} stretch={stretch} />}
    </>
  );
}

function Person({
  id,
  user,
  stretch,
}: {
  id: string;
  user: CostByUser | undefined;
  stretch: Stretch;
}) {
  return (
    <Section title={user ? plain(user.name || user.username) : "One person"} note={user?.username}>
      <Summary user={id} stretch={stretch} mine={false} />
    </Section>
  );
}

interface TableProps {
  users: CostByUser[];
  chosen: string | undefined;
  onOpen: (user: string | undefined) => void;
}

function Table({ users, chosen, onOpen }: TableProps) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Person</th>
          <th className="r">Chats</th>
          <th className="r">Calls</th>
          <th className="r">Input</th>
          <th className="r">Output</th>
          <th className="r">Cost</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => {
          const open = user.user_id === chosen;
          const toggle = () => onOpen(open ? undefined : user.user_id);
          return (
            <tr key={user.user_id} className={open ? "go sel" : "go"} onClick={toggle}>
              <td>
                <button type="button" className="name" aria-expanded={open}>
                  <bdi>{plain(user.name || user.username)}</bdi>
                </button>{" "}
                {user.name && <span className="q">{user.username}</span>}
              </td>
              <td className="r m" data-label="Chats">
                {user.chat_count.toLocaleString("en-US")}
              </td>
              <td className="r m" data-label="Calls">
                {user.message_count.toLocaleString("en-US")}
              </td>
              <td className="r m" data-label="Input">
                {tokens(user.total_input_tokens)}
              </td>
              <td className="r m" data-label="Output">
                {tokens(user.total_output_tokens)}
              </td>
              <td className="r">{dollars(user.total_cost_micros)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

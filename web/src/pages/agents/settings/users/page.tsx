import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { api } from "@/api/client";
import type { User } from "@/api/generated/types";
import { PageHead } from "@/components/page-head";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { Pager } from "../parts/pager";
import { CreateUser } from "./create";
import { UserDetail } from "./detail";
import { InviteUser } from "./invite";
import { OpenInvites } from "./open-invites";
import { PAGE_SIZE, usersQuery } from "./queries";
import { UserTable } from "./table";

// No user name begins with a dash.
const NEW = "-new";
const INVITE = "-invite";

export function UsersPage() {
  const [search, setSearch] = useState("");
  const [page, setPage] = useState(0);
  const q = useDeferredValue(search.trim());
  const users = useQuery(usersQuery(q, page));
  const { user: chosen } = useSearch({ strict: false }) as { user?: string };
  const navigate = useNavigate();
  const open = (user: string | undefined) =>
    void navigate({
      to: "/agents/settings/users",
      search: { user },
      replace: true,
      // Only Cancel and what removes it close it: nothing is lost by mistake then.
      ignoreBlocker: user === undefined,
    });
  return (
    <>
      <PageHead
        title="Users"
        about="Who may sign in, and what they may do."
        action={
          <>
            <Button look="text" onClick={() => open(INVITE)}>
              Invite by link
            </Button>
            <Button onClick={() => open(NEW)}>
              <Glyph name="plus" /> Add user
            </Button>
          </>
        }
      />
      <div className="tools">
        <Input
          type="search"
          aria-label="Search users"
          placeholder="Search by name or address"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setPage(0);
          }}
        />
      </div>
      {users.isPending && <Loading rows={4} label="Loading users" />}
      {users.isError && (
        <Failed title="Users could not be loaded" error={users.error} onRetry={users.refetch} />
      )}
      {users.data?.count === 0 && <Empty title="Nobody found">No name or address has it.</Empty>}
      {users.data && users.data.users.length > 0 && (
        <UserTable users={users.data.users} chosen={chosen} onOpen={open} />
      )}
      {users.data && users.data.count > PAGE_SIZE && (
        <Pager count={users.data.count} size={PAGE_SIZE} page={page} onChange={setPage} />
      )}
      {chosen === NEW && <CreateUser onDone={open} onCancel={() => open(undefined)} />}
      {chosen === INVITE && <InviteUser onDone={() => open(undefined)} />}
      {chosen && chosen !== NEW && chosen !== INVITE && (
        <Chosen key={chosen} name={chosen} onGone={() => open(undefined)} />
      )}
      <OpenInvites />
    </>
  );
}

function Chosen({ name, onGone }: { name: string; onGone: () => void }) {
  const user = useQuery({
    queryKey: ["user", name],
    queryFn: ({ signal }) => api.get<User>(`/users/${encodeURIComponent(name)}`, undefined, signal),
  });
  if (user.isPending) return <Loading rows={3} />;
  if (user.isError) {
    return (
      <Failed title="This user could not be loaded" error={user.error} onRetry={user.refetch} />
    );
  }
  return <UserDetail user={user.data} onGone={onGone} />;
}

import type { User } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import { plain } from "@/lib/plain";
import { day } from "../parts/day";

interface Props {
  users: User[];
  chosen: string | undefined;
  onOpen: (user: string) => void;
}

export function UserTable({ users, chosen, onOpen }: Props) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Name</th>
          <th>Address</th>
          <th>Roles</th>
          <th>Last seen</th>
          <th style={{ width: 168 }}>State</th>
        </tr>
      </thead>
      <tbody>
        {users.map((user) => (
          <tr
            key={user.id}
            className={user.username === chosen ? "go sel" : "go"}
            onClick={() => onOpen(user.username)}
          >
            <td>
              <button type="button" className="name" aria-expanded={user.username === chosen}>
                <bdi>{plain(user.name || user.username)}</bdi>
              </button>
            </td>
            <td className="m">{user.email}</td>
            <td className="m">{user.roles.map((role) => role.display_name).join(", ")}</td>
            <td className="m" data-label="Last seen">
              {day(user.last_seen_at)}
            </td>
            <td>
              <State user={user} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ user }: { user: User }) {
  if (user.status === "suspended") {
    return (
      <span className="q">
        <Glyph name="ban" /> Suspended
      </span>
    );
  }
  if (user.status === "dormant") return <span className="q">Not signed in for long</span>;
  return (
    <span className="m">
      <Glyph name="check" /> Active
    </span>
  );
}

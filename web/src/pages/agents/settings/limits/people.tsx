import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import type { UsageLimits, User } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/form";
import { plain } from "@/lib/plain";
import { Section } from "../parts/section";
import { usersQuery } from "../users/queries";
import { Override } from "./override";

const PATH = "/chats/usage-limits/overrides";

/** People with a limit of their own, which goes before every other. */
export function PersonLimits({ limits }: { limits: UsageLimits }) {
  const [adding, setAdding] = useState<User | null>(null);
  const known = new Set(limits.overrides.map((one) => one.user_id));
  return (
    <Section title="People" about="A person’s own limit goes before every other.">
      <ul className="rows">
        {limits.overrides.map((one) => (
          <li key={one.user_id} className="threshold">
            <span className="grow">
              <bdi>{plain(one.name || one.username)}</bdi> <span className="q">{one.username}</span>
            </span>
            <Override
              path={`${PATH}/${one.user_id}`}
              name={one.username}
              micros={one.spend_limit_micros}
            />
          </li>
        ))}
        {adding && (
          <li className="threshold">
            <span className="grow">
              <bdi>{plain(adding.name || adding.username)}</bdi>{" "}
              <span className="q">{adding.username}</span>
            </span>
            <Override
              path={`${PATH}/${adding.id}`}
              name={adding.username}
              micros={null}
              onDone={() => setAdding(null)}
            />
            <Button look="text" size="small" onClick={() => setAdding(null)}>
              Cancel
            </Button>
          </li>
        )}
        {known.size === 0 && !adding && <li className="q">Nobody has a limit of their own.</li>}
      </ul>
      <Find known={known} onPick={setAdding} />
    </Section>
  );
}

function Find({ known, onPick }: { known: Set<string>; onPick: (user: User) => void }) {
  const [typed, setTyped] = useState("");
  const q = useDeferredValue(typed.trim());
  const users = useQuery({ ...usersQuery(q, 0), enabled: q !== "" });
  const found = q === "" ? [] : (users.data?.users ?? []).filter((user) => !known.has(user.id));
  return (
    <>
      <div className="tools">
        <Input
          type="search"
          aria-label="Find a person to limit"
          placeholder="Find a person to limit"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      {users.isError && q !== "" && <p className="help bad">People could not be searched.</p>}
      {q !== "" && users.isSuccess && found.length === 0 && <p className="help">Nobody found.</p>}
      <ul className="picks">
        {found.slice(0, 8).map((user) => (
          <li key={user.id}>
            <Button
              size="small"
              onClick={() => {
                setTyped("");
                onPick(user);
              }}
            >
              {user.name || user.username}
            </Button>
          </li>
        ))}
      </ul>
    </>
  );
}

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, serverNow } from "@/api/client";
import type { ApiKey } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Glyph } from "@/components/ui/glyph";
import { Failed, Loading } from "@/components/ui/states";
import { complain, say } from "@/components/ui/toast";
import { ago, fullTime } from "@/lib/format";
import { day } from "../parts/day";
import { Section } from "../parts/section";
import { expired } from "../token-life";

export const SESSIONS = ["sessions"];

/** Sessions that can still be used, this one first, then by their last use. */
export function living(keys: readonly ApiKey[], now: number): ApiKey[] {
  return keys
    .filter((key) => key.token_name === "" && !expired(key.expires_at, now))
    .sort(
      (a, b) =>
        Number(b.current) - Number(a.current) || Date.parse(b.last_used) - Date.parse(a.last_used),
    );
}

export function Sessions() {
  const [ending, setEnding] = useState<ApiKey | null>(null);
  const keys = useQuery({
    queryKey: SESSIONS,
    queryFn: ({ signal }) => api.get<ApiKey[]>("/users/me/keys", undefined, signal),
  });
  const end = useMutation({
    mutationFn: (key: ApiKey) => api.delete(`/users/me/keys/${key.id}`),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: SESSIONS });
      say("Session ended.");
    },
    onError: (error) => complain("The session goes on.", error),
    onSettled: () => setEnding(null),
  });
  const now = serverNow();
  return (
    <Section
      title="Sessions"
      about="Browsers and command lines where you are signed in. Programs with a token of their own are listed under API tokens."
    >
      {keys.isPending && <Loading rows={2} label="Loading sessions" />}
      {keys.isError && (
        <Failed title="Sessions could not be loaded" error={keys.error} onRetry={keys.refetch} />
      )}
      {keys.data && <List keys={living(keys.data, now)} now={now} onEnd={setEnding} />}
      <Confirm
        open={ending !== null}
        onClose={() => setEnding(null)}
        title="End this session?"
        about="Whoever uses it has to sign in again."
        verb="End session"
        dangerous
        busy={end.isPending}
        onConfirm={() => ending && end.mutate(ending)}
      />
    </Section>
  );
}

interface ListProps {
  keys: ApiKey[];
  now: number;
  onEnd: (key: ApiKey) => void;
}

function List({ keys, now, onEnd }: ListProps) {
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Session</th>
          <th>Last used</th>
          <th>Ends</th>
          <th className="r">
            <span className="vh">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td>
              <b>Since {day(key.created_at)}</b> <code className="q">{key.id}…</code>
            </td>
            <td className="m" data-label="Last used" title={fullTime(key.last_used)}>
              {ago(key.last_used, now)}
            </td>
            <td className="m" data-label="Ends">
              {day(key.expires_at)}
            </td>
            <td className="r">
              {key.current ? (
                <span className="m">
                  <Glyph name="check" /> This one
                </span>
              ) : (
                <Button look="danger" size="small" onClick={() => onEnd(key)}>
                  End<span className="vh"> the session {key.id}</span>
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

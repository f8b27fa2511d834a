import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, serverNow } from "@/api/client";
import type { ApiKey, CreateTokenResponse } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { PageHead } from "@/components/page-head";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Glyph } from "@/components/ui/glyph";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { complain, say } from "@/components/ui/toast";
import { day } from "./parts/day";
import { ShownOnce } from "./parts/shown-once";
import { TokenForm } from "./token-form";
import { expired, wasUsed } from "./token-life";

const KEY = ["tokens"];

export function TokensPage() {
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<CreateTokenResponse | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const tokens = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<ApiKey[]>("/users/me/keys/tokens", undefined, signal),
  });
  const revoke = useMutation({
    mutationFn: (key: ApiKey) => api.delete(`/users/me/keys/${key.id}`),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: KEY });
      say("Token revoked.");
    },
    onError: (error) => complain("Not revoked.", error),
    onSettled: () => setRevoking(null),
  });
  const done = async (token: CreateTokenResponse) => {
    setMade(token);
    setAdding(false);
    await queryClient.invalidateQueries({ queryKey: KEY });
  };
  return (
    <>
      <PageHead
        title="API tokens"
        about="For programs that act in your name."
        action={
          !adding && (
            <Button onClick={() => setAdding(true)}>
              <Glyph name="plus" /> New token
            </Button>
          )
        }
      />
      {made && <ShownOnce what="token" secret={made.key} onDone={() => setMade(null)} />}
      {adding && <TokenForm onDone={done} onCancel={() => setAdding(false)} />}
      {tokens.isPending && <Loading rows={3} label="Loading tokens" />}
      {tokens.isError && (
        <Failed title="Tokens could not be loaded" error={tokens.error} onRetry={tokens.refetch} />
      )}
      {tokens.data?.length === 0 && !adding && (
        <Empty title="No tokens">A token lets a program use the API as you.</Empty>
      )}
      {tokens.data && tokens.data.length > 0 && (
        <List tokens={tokens.data} onRevoke={setRevoking} />
      )}
      <Confirm
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        title={`Revoke ${revoking?.token_name ?? ""}?`}
        about="Programs that use it are refused at once. This can’t be undone."
        verb="Revoke"
        dangerous
        busy={revoke.isPending}
        onConfirm={() => revoking && revoke.mutate(revoking)}
      />
    </>
  );
}

function List({ tokens, onRevoke }: { tokens: ApiKey[]; onRevoke: (key: ApiKey) => void }) {
  const now = serverNow();
  return (
    <table className="tbl">
      <thead>
        <tr>
          <th>Name</th>
          <th>Last used</th>
          <th>Ends</th>
          <th className="r">
            <span className="vh">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>
              <b dir="auto">{token.token_name}</b> <code className="q">{token.id}…</code>
            </td>
            <td className="m" data-label="Last used">
              {wasUsed(token.last_used, token.created_at) ? day(token.last_used) : "Never"}
            </td>
            <td data-label={expired(token.expires_at, now) ? undefined : "Ends"}>
              {expired(token.expires_at, now) ? (
                <span className="warn">Expired {day(token.expires_at)}</span>
              ) : (
                <span className="m">{day(token.expires_at)}</span>
              )}
            </td>
            <td className="r">
              <Button look="danger" size="small" onClick={() => onRevoke(token)}>
                Revoke<span className="vh"> {token.token_name}</span>
              </Button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api } from "@/api/client";
import { healthQuery, mayReadDeployment } from "@/api/deployment";
import type {
  SandboxHealth,
  UpdatePreferencesRequest,
  UserPreferences,
} from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { useMe } from "@/api/session";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/states";
import { complain } from "@/components/ui/toast";
import {
  checkName,
  isWorse,
  levelMeaning,
  missingLayer,
} from "@/pages/agents/settings/deployment/words";

const PATH = "/users/me/preferences";
const KEY = ["preferences"];

/** Whether the notice of this level is news to somebody who has closed that of another. */
export function isNews(
  sandbox: SandboxHealth | null | undefined,
  closed: UserPreferences | undefined,
): boolean {
  if (!sandbox || !closed || sandbox.level === "strict") return false;
  // Workspaces that can't start are no matter of taste.
  if (!sandbox.ok) return true;
  const known = closed.sandbox_notice_dismissed;
  return known === undefined || known === null || isWorse(sandbox.level, known);
}

/** Says to those who run the server that workspaces are less isolated than they could be. */
export function SandboxNotice() {
  const me = useMe();
  const allowed = mayReadDeployment(me);
  const [fix, setFix] = useState(false);
  const health = useQuery({ ...healthQuery, enabled: allowed });
  const closed = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => api.get<UserPreferences>(PATH, undefined, signal),
    enabled: allowed,
    staleTime: 60_000,
  });
  const close = useMutation({
    mutationFn: (body: UpdatePreferencesRequest) => api.put<UserPreferences>(PATH, body),
    onSuccess: (saved) => queryClient.setQueryData(KEY, saved),
    onError: (error) => complain("The notice stays.", error),
  });
  const sandbox = health.data?.sandbox;
  if (!sandbox || !isNews(sandbox, closed.data)) return null;
  const layer = missingLayer(sandbox);
  const remedy = layer?.remedy;
  return (
    <aside className="sandbox-notice" aria-label="Sandbox">
      <Notice
        tone="warning"
        glyph="warn"
        title={
          sandbox.ok
            ? `Sandbox level is ${sandbox.level}, not strict`
            : `Workspaces can’t start: the sandbox reaches ${sandbox.level}, and ${sandbox.required} is required`
        }
        actions={
          <>
            {remedy && !fix && (
              <Button size="small" onClick={() => setFix(true)}>
                Show the fix
              </Button>
            )}
            {fix && (
              <Link to="/agents/settings/deployment" className="btn sm">
                All checks
              </Link>
            )}
            {sandbox.ok && (
              <Button
                look="text"
                size="small"
                disabled={close.isPending}
                onClick={() => close.mutate({ sandbox_notice_dismissed: sandbox.level })}
              >
                Dismiss
              </Button>
            )}
          </>
        }
      >
        <p>
          {layer && `${checkName(layer.name)}: missing. `}
          {sandbox.ok ? levelMeaning(sandbox.level) : "Chats without a workspace still work."}
        </p>
        {fix && <p className="fix">{remedy}</p>}
      </Notice>
    </aside>
  );
}

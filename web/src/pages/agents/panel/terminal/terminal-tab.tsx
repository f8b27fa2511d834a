import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import type { Chat, UserAppearance, Workspace } from "@/api/generated/types";
import { useWorkspace, workspaceState } from "@/api/workspaces";
import { IconButton } from "@/components/ui/button";
import { Empty, Failed, Loading } from "@/components/ui/states";
import { plain } from "@/lib/plain";
import { terminalFamily } from "../../settings/fonts";
import {
  recallSessions,
  rememberSessions,
  type Sessions,
  TERMINALS_MAX,
  withNew,
  without,
} from "./sessions";
import { TerminalView } from "./terminal-view";

/** The agent of a workspace that a terminal runs on: the chat's own, else the first. */
function agentOf(workspace: Workspace, chosen: string | null | undefined): string | undefined {
  const agents = workspace.latest_build?.resources.flatMap((one) => one.agents) ?? [];
  const connected = agents.filter((agent) => agent.status === "connected");
  return (connected.find((agent) => agent.id === chosen) ?? connected[0])?.id;
}

/** Terminals of the chat's workspace. */
export function TerminalTab({ chat }: { chat: Chat }) {
  const workspace = useWorkspace(chat.workspace_id);
  if (!chat.workspace_id) {
    return (
      <Empty title="No workspace yet">
        Once the agent works in one, you can open a terminal there.
      </Empty>
    );
  }
  if (workspace.isError) {
    return (
      <Failed
        title="The workspace could not be loaded"
        error={workspace.error}
        onRetry={() => void workspace.refetch()}
      />
    );
  }
  if (!workspace.data) return <Loading rows={3} label="Looking for the workspace" />;
  const agent = agentOf(workspace.data, chat.agent_id);
  if (!agent) {
    const { word } = workspaceState(workspace.data);
    return (
      <Empty title={`The workspace is ${word.toLowerCase()}`}>
        A terminal can be opened as soon as it runs.
      </Empty>
    );
  }
  return <Terminals key={agent} agent={agent} />;
}

function Terminals({ agent }: { agent: string }) {
  const appearance = useQuery({
    queryKey: ["appearance"],
    queryFn: ({ signal }) => api.get<UserAppearance>("/users/me/appearance", undefined, signal),
    staleTime: 60_000,
  });
  const [sessions, setSessions] = useState(() => recallSessions(agent));
  const [titles, setTitles] = useState<Record<string, string>>({});
  const change = (next: Sessions) => {
    rememberSessions(agent, next);
    setSessions(next);
  };
  const { ids, active } = sessions;
  const name = (id: string) => plain(titles[id] ?? "") || `Terminal ${ids.indexOf(id) + 1}`;
  // The id must last even if nobody opens a second one.
  rememberSessions(agent, sessions);
  if (appearance.isPending) return <Loading rows={3} label="Loading the terminal" />;
  return (
    <>
      <div className="terminal-tabs">
        <div role="tablist" aria-label="Terminals">
          {ids.map((id) => (
            <button
              key={id}
              type="button"
              role="tab"
              aria-selected={id === active}
              className={`terminal-tab cut ${id === active ? "on" : ""}`}
              onClick={() => change({ ids, active: id })}
            >
              {name(id)}
            </button>
          ))}
        </div>
        {ids.length > 1 && (
          <IconButton
            glyph="close"
            size="small"
            label={`Close ${name(active)}`}
            onClick={() => change(without(sessions, active))}
          />
        )}
        <IconButton
          glyph="plus"
          size="small"
          label="New terminal"
          disabled={ids.length >= TERMINALS_MAX}
          onClick={() => change(withNew(sessions))}
        />
      </div>
      <TerminalView
        key={active}
        agent={agent}
        id={active}
        family={terminalFamily(appearance.data?.terminal_font ?? "")}
        onTitle={(title) => setTitles((known) => ({ ...known, [active]: title.slice(0, 80) }))}
      />
    </>
  );
}

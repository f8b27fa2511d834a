import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
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
export function TerminalTab({ chat, focus }: { chat: Chat; focus: boolean }) {
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
  return <Terminals key={agent} agent={agent} focus={focus} />;
}

function Terminals({ agent, focus }: { agent: string; focus: boolean }) {
  const appearance = useQuery({
    queryKey: ["appearance"],
    queryFn: ({ signal }) => api.get<UserAppearance>("/users/me/appearance", undefined, signal),
    staleTime: 60_000,
  });
  const [sessions, setSessions] = useState(() => recallSessions(agent));
  const [touched, setTouched] = useState(false);
  const [titles, setTitles] = useState<Record<string, string>>({});
  const change = (next: Sessions) => {
    rememberSessions(agent, next);
    setSessions(next);
    setTouched(true);
  };
  const { ids, active } = sessions;
  const name = (id: string) => plain(titles[id] ?? "") || `Terminal ${ids.indexOf(id) + 1}`;
  // The id must last even if nobody opens a second one.
  rememberSessions(agent, sessions);
  if (appearance.isPending) return <Loading rows={3} label="Loading the terminal" />;
  return (
    <>
      <div className="terminal-tabs">
        <div role="tablist" aria-label="Terminals" onKeyDown={moveFocus}>
          {ids.map((id) => (
            <button
              key={id}
              type="button"
              role="tab"
              id={`tab-${id}`}
              aria-selected={id === active}
              aria-controls={id === active ? "terminal" : undefined}
              tabIndex={id === active ? 0 : -1}
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
      <div role="tabpanel" id="terminal" aria-labelledby={`tab-${active}`} className="tab-page">
        <TerminalView
          key={active}
          agent={agent}
          id={active}
          focus={touched || focus}
          family={terminalFamily(appearance.data?.terminal_font ?? "")}
          onTitle={(title) => setTitles((known) => ({ ...known, [active]: title.slice(0, 80) }))}
        />
      </div>
    </>
  );
}

/** The arrow keys go from tab to tab; Enter opens one and goes into its terminal. */
function moveFocus({ key, currentTarget, target }: KeyboardEvent<HTMLElement>): void {
  const tabs = [...currentTarget.children] as HTMLElement[];
  const at = tabs.indexOf(target as HTMLElement);
  const last = tabs.length - 1;
  const next = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at > 0 ? at - 1 : last }[key];
  if (next !== undefined) tabs[next]?.focus();
}

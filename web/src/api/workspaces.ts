import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./client";
import type { Workspace, WorkspacesPage } from "./generated/types";
import { useMe } from "./session";

export const workspacesQuery = queryOptions({
  queryKey: ["workspaces"],
  queryFn: ({ signal }) => api.get<WorkspacesPage>("/workspaces", undefined, signal),
});

/** The person's own workspaces: only there may an agent of theirs work. */
export function useOwnWorkspaces() {
  const me = useMe();
  return useQuery({
    ...workspacesQuery,
    select: (page) => page.workspaces.filter((workspace) => workspace.owner_id === me.id),
  });
}

export function useWorkspace(id: string | null | undefined) {
  return useQuery({
    queryKey: ["workspace", id],
    queryFn: ({ signal }) => api.get<Workspace>(`/workspaces/${id}`, undefined, signal),
    enabled: Boolean(id),
    refetchInterval: 15_000,
  });
}

/** What a workspace is doing, in a word. */
export function workspaceState(workspace: Workspace): { word: string; tone: string } {
  if (!workspace.latest_build) return { word: "New", tone: "q" };
  const { job, transition, resources } = workspace.latest_build;
  const busy = job.status === "pending" || job.status === "running";
  if (busy) return { word: transition === "start" ? "Building" : "Stopping", tone: "" };
  if (job.status === "failed") return { word: "Failed", tone: "bad" };
  if (transition === "stop") return { word: "Stopped", tone: "q" };
  if (transition === "delete") return { word: "Deleted", tone: "q" };
  const agents = resources.flatMap((resource) => resource.agents);
  const connected = agents.some((agent) => agent.status === "connected");
  if (connected) return { word: "Running", tone: "good" };
  const lost = agents.some(
    (agent) => agent.status === "disconnected" || agent.status === "timeout",
  );
  return lost ? { word: "Unreachable", tone: "warn" } : { word: "Starting", tone: "" };
}

// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { meQuery } from "@/api/session";
import { workspacesQuery } from "@/api/workspaces";
import { useChosenWorkspace, WorkspaceRow } from "./workspace-row";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const WORKSPACE = {
  id: "w1",
  owner_id: "me",
  name: "ledger",
  isolation: "strict",
  latest_build: {
    transition: "start",
    job: { status: "succeeded" },
    resources: [{ agents: [{ status: "connected" }] }],
  },
};

function Row({ chosen }: { chosen: string | null }) {
  const place = useChosenWorkspace(chosen);
  return (
    <>
      <WorkspaceRow chosen={chosen} onChange={() => {}} />
      <output>{place ?? "none"}</output>
    </>
  );
}

function show(workspaces: unknown[] | undefined, chosen: string | null): string {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryData(meQuery.queryKey, { id: "me", roles: [] } as never);
  if (workspaces) {
    const page = { workspaces, count: workspaces.length };
    client.setQueryData(workspacesQuery.queryKey, page as never);
  }
  const root = render(
    <QueryClientProvider client={client}>
      <Row chosen={chosen} />
    </QueryClientProvider>,
  ).container;
  return root.textContent ?? "";
}

test("the chosen workspace shows its state and its sandbox", () => {
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  const said = show([WORKSPACE], "w1");
  expect(said).toContain("ledger");
  expect(said).toContain("Running, strict sandbox");
  expect(screen.getByRole("status").textContent).toBe("w1");
});

test("a workspace that is gone is said to be, and no longer asked for", () => {
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  expect(show([WORKSPACE], "w2")).toContain("The last one is gone");
  expect(screen.getByRole("status").textContent).toBe("none");
});

test("while the list is on its way that shows, and a list that failed can be asked again", async () => {
  const answers = [new Promise<Response>(() => {})];
  vi.stubGlobal("fetch", () => answers[0]);
  expect(show(undefined, "w1")).toContain("Loading");
  cleanup();
  const fetch = vi.fn(async () => new Response("{}", { status: 403 }));
  vi.stubGlobal("fetch", fetch);
  show(undefined, null);
  fireEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(fetch.mock.calls.length).toBeGreaterThan(1);
});

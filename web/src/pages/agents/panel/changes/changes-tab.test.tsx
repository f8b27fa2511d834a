// @vitest-environment jsdom
import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Chat, ChatMessage, GitFrame, GitRepository, Workspace } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { TipProvider } from "@/components/ui/tooltip";
import { parseDiff } from "@/lib/diff";
import { expectHarmless } from "@/test/harmless";
import { HOSTILE } from "@/test/hostile";
import { type Changes, changesOf } from "../collect";
import { ChangesTab } from "./changes-tab";

/** A socket that the test speaks for. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 1;
  binaryType = "";
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: URL) {
    FakeSocket.all.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  say(frame: GitFrame) {
    act(() => this.onmessage?.({ data: JSON.stringify(frame) }));
  }
}

const DIFF = ["--- a/src/a.ts", "+++ b/src/a.ts", "@@ -1 +1 @@", "-one", "+two", ""].join("\n");

const repository: GitRepository = {
  repo_root: "/home/agent/app",
  removed: false,
  branch: "main",
  head: "1f4a",
  upstream: "origin/main",
  ahead: 2,
  behind: 0,
  unified_diff: `diff --git a/src/a.ts b/src/a.ts\n${DIFF}`,
  files: [
    { path: "src/a.ts", status: "modified", added: 1, deleted: 1, binary: false, truncated: false },
  ],
  files_omitted: 0,
};

const changes = (...repositories: GitRepository[]): GitFrame => ({
  type: "changes",
  scanned_at: "2026-01-01T10:20:00Z",
  repositories,
});

const EDITS: Changes = {
  files: parseDiff(DIFF),
  added: 1,
  deleted: 1,
  whole: () => parseDiff(DIFF),
};
const NONE: Changes = { files: [], added: 0, deleted: 0, whole: () => [] };

let number = 0;

function show(workspace: string | null, edits: Changes = NONE, width = 448) {
  number += 1;
  const chat = { id: `chat-${number}`, workspace_id: workspace } as Chat;
  const onSuggest = vi.fn();
  render(
    <QueryClientProvider client={queryClient}>
      <TipProvider>
        <ChangesTab chat={chat} edits={edits} width={width} onSuggest={onSuggest} />
      </TipProvider>
    </QueryClientProvider>,
  );
  return { onSuggest, socket: FakeSocket.all.at(-1) as FakeSocket };
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  localStorage.clear();
  const stopped = { latest_build: { job: { status: "succeeded" }, transition: "stop" } };
  queryClient.setQueryData<unknown>(["workspace", "w"], { ...stopped, name: "w" } as Workspace);
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it("connects to nothing without a workspace, and shows what the conversation tells", () => {
  show(null);
  expect(FakeSocket.all).toHaveLength(0);
  screen.getByText("No workspace yet");
  cleanup();
  show(null, EDITS);
  screen.getByText("The edits the agent made in this conversation.");
  screen.getByRole("region", { name: "Changes in src/a.ts" });
});

it("shows where the repository stands and its files, and asks the agent to commit", () => {
  const { socket, onSuggest } = show("w");
  expect(socket.url.pathname).toMatch(/\/chats\/chat-\d+\/stream\/git$/);
  socket.say(changes(repository));
  screen.getByText("main");
  screen.getByText("2 ahead, 1 uncommitted");
  screen.getByRole("region", { name: "Changes in src/a.ts" });
  fireEvent.click(screen.getByRole("button", { name: "Ask to commit" }));
  expect(onSuggest.mock.calls[0]?.[0]).toContain("Commit the uncommitted change");
  // Committed: nothing is left to show.
  socket.say(changes({ ...repository, files: [], unified_diff: "", ahead: 3 }));
  screen.getByText("3 ahead, nothing uncommitted");
  screen.getByText("Nothing uncommitted");
  expect(screen.queryByRole("button", { name: "Ask to commit" })).toBeNull();
});

it("says that there is no repository, and falls back to the agent's edits", () => {
  show("w").socket.say(changes());
  screen.getByText("Not a git repository");
  cleanup();
  show("w", EDITS).socket.say(changes());
  screen.getByText(/There is no git repository in the workspace/);
});

it("keeps what was known when the workspace is lost, and says since when", () => {
  const { socket } = show("w");
  socket.say(changes(repository));
  act(() => socket.onclose?.({ code: 1013 }));
  act(() => vi.advanceTimersByTime(2_100));
  screen.getByText("The workspace is stopped");
  screen.getByText(/This is how it was at/);
  screen.getByText("2 ahead, 1 uncommitted");
});

it("says plainly that edits are not live while the workspace can't be reached", () => {
  const { socket } = show("w", EDITS);
  act(() => socket.onclose?.({ code: 1006 }));
  act(() => vi.advanceTimersByTime(2_100));
  screen.getByText("Not live: the edits the agent made in this conversation.");
});

it("looks again when asked, and waits for the answer", () => {
  const { socket } = show("w");
  socket.say(changes(repository));
  fireEvent.click(screen.getByRole("button", { name: "Look again" }));
  expect(socket.sent).toEqual([{ type: "refresh" }]);
  screen.getByText("Looking");
  socket.say(changes());
  screen.getByText(/Live, looked at/);
  screen.getByText("2 ahead, 1 uncommitted");
});

it("puts before and after side by side where there is room, and remembers it", () => {
  const { socket } = show("w", NONE, 800);
  socket.say(changes(repository));
  fireEvent.click(screen.getByRole("button", { name: "Side by side" }));
  expect(document.querySelectorAll(".diff.split .sr")).toHaveLength(1);
  cleanup();
  const again = show("w", NONE, 800);
  again.socket.say(changes(repository));
  expect(document.querySelectorAll(".diff.split")).toHaveLength(1);
  cleanup();
  // Too narrow for two columns: the choice waits.
  const narrow = show("w", NONE, 400);
  narrow.socket.say(changes(repository));
  expect(document.querySelectorAll(".diff.split")).toHaveLength(0);
});

it("shows hostile names, branches and lines as text", () => {
  const { socket } = show("w");
  const lines = HOSTILE.map((text) => `+${text.replaceAll("\n", " ")}`);
  const head = `--- /dev/null\n+++ b/x\n@@ -0,0 +1,${lines.length} @@\n`;
  const [file] = repository.files;
  if (!file) throw new Error("no file");
  socket.say(
    changes({
      ...repository,
      branch: HOSTILE.join(" "),
      repo_root: `/${HOSTILE[0]}`,
      remote_origin: HOSTILE[1] ?? "",
      files: [...HOSTILE.map((path) => ({ ...file, path, binary: true })), { ...file, path: "x" }],
      unified_diff: `diff --git a/x b/x\n${head}${lines.join("\n")}\n`,
    }),
  );
  expect(screen.getAllByText("This file holds no text.")).toHaveLength(HOSTILE.length);
  expectHarmless(document.body, "the changes");
});

it("shows all lines of an edit that is longer than the rest", () => {
  const lines = Array.from({ length: 3_100 }, (_, at) => `+line ${at}`).join("\n");
  const diff = `--- a/long.txt\n+++ b/long.txt\n@@ -0,0 +1,3100 @@\n${lines}\n`;
  const message = {
    role: "tool",
    created_at: "2026-01-01T00:00:00Z",
    content: [
      {
        type: "tool-result",
        tool_call_id: "a",
        tool_name: "edit_files",
        result: { files: [{ path: "long.txt", diff }] },
      },
    ],
  } as unknown as ChatMessage;
  show(null, changesOf([message]));
  expect(screen.queryByText("line 3099")).toBeNull();
  fireEvent.click(screen.getByText("Show all lines"));
  screen.getByText("line 3099");
  expect(screen.queryByText("Show all lines")).toBeNull();
});

// @vitest-environment jsdom

import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import type { JsonValue } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { Views, ViewsContext } from "@/lib/views";
import type { ToolCall, ToolState } from "@/stream/rows";
import { expectHarmless } from "@/test/harmless";
import { HOSTILE } from "@/test/hostile";
import { describe as describeCall } from "./registry";
import { ToolLine } from "./tool-line";

vi.mock("@tanstack/react-router", () => ({
  Link: ({ params, children }: { params: { id: string }; children: ReactNode }) => (
    <a href={`/agents/${params.id}`}>{children}</a>
  ),
}));

afterEach(cleanup);

const TOOLS = [
  "execute",
  "edit_files",
  "read_file",
  "write_file",
  "process_output",
  "process_list",
  "process_signal",
  "create_workspace",
  "start_workspace",
  "list_templates",
  "read_template",
  "propose_plan",
  "web_search",
  "linear__create_issue",
];
const STATES: ToolState[] = [
  "pending",
  "running",
  "done",
  "error",
  "cancelled",
  "unknown",
  "asked",
];

function call(name: string, state: ToolState, change: Partial<ToolCall> = {}): ToolCall {
  const ended = state === "done" || state === "error";
  return {
    id: "c1",
    name,
    args: state === "pending" ? undefined : {},
    argsText: "",
    result: ended ? {} : undefined,
    output: "",
    state,
    elapsedMs: ended ? 200 : undefined,
    serverId: undefined,
    ...change,
  };
}

function show(one: ToolCall, onSuggest = vi.fn()) {
  return render(<ToolLine call={one} onSuggest={onSuggest} />).container;
}

test.each(TOOLS)("%s is told in every state, whatever its data", (name) => {
  const shapes: (JsonValue | undefined)[] = [undefined, null, 1, "text", [], { files: "no" }];
  for (const state of STATES) {
    for (const shape of shapes) {
      const root = show(call(name, state, { args: shape, result: shape }));
      expect(root.textContent?.length).toBeGreaterThan(0);
      cleanup();
    }
  }
});

test("a command says its result, and a bad end is a warning", () => {
  const good = show(
    call("execute", "done", {
      args: { command: "sh run-tests.sh" },
      result: { exit_code: 0, output: "ok one\n3 passed, 0 failed\n" },
    }),
  );
  expect(good.textContent).toContain("Ran");
  expect(good.textContent).toContain("3 passed, 0 failed");
  expect(good.querySelector(".is-warn")).toBeNull();
  cleanup();
  const bad = show(
    call("execute", "done", { args: { command: "make" }, result: { exit_code: 2, output: "" } }),
  );
  expect(bad.querySelector(".is-warn")).not.toBeNull();
  expect(bad.textContent).toContain("exit 2");
});

test("a command that took too long goes on, and says as what", () => {
  const line = show(
    call("execute", "done", {
      args: { command: "make" },
      result: {
        exit_code: -1,
        error: "timed out after 10s",
        note: "The process is still running.",
        background_process_id: "0199-abc",
      },
    }),
  );
  expect(line.textContent).toContain("timed out after 10s, still running");
  expect(line.textContent).not.toContain("exit -1");
  expect(line.querySelector(".is-warn")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /^Ran/ }));
  expect(line.textContent).toContain("runs on as 0199-abc");
});

test("output shows its last lines while it runs, and more on demand", () => {
  const output = Array.from({ length: 300 }, (_, at) => `line ${at}\n`).join("");
  const line = show(call("execute", "running", { args: { command: "make" }, output }));
  const term = () => line.querySelector(".term")?.textContent ?? "";
  expect(term()).not.toContain("line 293\n");
  fireEvent.click(screen.getByText("Show more"));
  expect(term()).toContain("line 100\n");
  expect(term()).not.toContain("line 99\n");
});

test("of a long progress bar the last state shows, and what is cut can be had", () => {
  const bar = Array.from({ length: 2_000 }, (_, at) => `${at} of 1999`).join("\r");
  const line = show(call("execute", "running", { output: `${bar}\n${"x".repeat(6_000)}` }));
  expect(line.textContent).toContain("1999 of 1999");
  expect(line.textContent).toContain("… cut");
  expect(screen.getByText("Download whole lines")).toBeTruthy();
});

test("a long file shows its beginning, and all of it on demand", () => {
  const content = Array.from({ length: 500 }, (_, at) => `${at + 1}\tline ${at + 1}\n`).join("");
  const result = { content, lines_read: 500, total_lines: 500 };
  const line = show(call("read_file", "done", { args: { path: "/a.txt" }, result }));
  fireEvent.click(screen.getByRole("button", { name: /^Read/ }));
  expect(line.querySelectorAll(".r")).toHaveLength(400);
  fireEvent.click(screen.getByText("Show more"));
  expect(line.querySelectorAll(".r")).toHaveLength(500);
});

test("long data says that it is cut, and hands out the whole", () => {
  show(call("linear__list", "done", { result: "y".repeat(70_000) }));
  fireEvent.click(screen.getByRole("button", { name: /^Used/ }));
  expect(screen.getByText("Only the first 64.0 KB are shown.")).toBeTruthy();
  expect(screen.getByText("Download")).toBeTruthy();
});

test("what is written to files shows while it is, and folds when it is done", () => {
  const written = show(
    call("write_file", "pending", { argsText: '{"path":"/a.md","content":"one\\ntwo' }),
  );
  expect(written.querySelectorAll(".add")).toHaveLength(2);
  expect(written.textContent).toContain("+2");
  cleanup();
  const edited = show(
    call("edit_files", "pending", {
      argsText: '{"files":[{"path":"/a.md","edits":[{"search":"say \\"path\\"","replace":"b',
    }),
  );
  expect(edited.querySelector(".del")?.textContent).toContain('say "path"');
  expect(edited.querySelector(".add")?.textContent).toContain("b");
  cleanup();
  const edits = [{ search: "a", replace: "b" }];
  const done = call("edit_files", "done", { args: { files: [{ path: "/a.md", edits }] } });
  expect(show(done).querySelector(".diff")).toBeNull();
});

test("a failed edit leaves the column and says why", () => {
  show(call("edit_files", "error", { result: { error: "Edit 2 of 2 matched nothing." } }));
  expect(screen.getByRole("alert").textContent).toContain("Edit didn’t apply");
  expect(screen.getByText("Edit 2 of 2 matched nothing.")).toBeTruthy();
});

test("a subagent that is still at work is no failure", () => {
  const result = { error: "It goes on working.", status: "running", title: "Count callers" };
  const line = show(call("wait_agent", "error", { result }));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(line.textContent).toContain("still running");
});

test("a summary on its way says so, and one that failed says why", () => {
  expect(show(call("chat_summarized", "running")).textContent).toContain("Summarising");
  cleanup();
  show(call("chat_summarized", "error", { result: { error: "The model gave no summary." } }));
  expect(screen.getByText("The model gave no summary.")).toBeTruthy();
});

test("an unknown outcome leaves the decision to the person", () => {
  const suggest = vi.fn();
  show(call("execute", "unknown", { args: { command: "./deploy.sh" } }), suggest);
  expect(screen.getByText(/It may or may not have taken effect/)).toBeTruthy();
  fireEvent.click(screen.getByText("Run it again"));
  expect(suggest).toHaveBeenCalledWith("Run it again: ./deploy.sh");
  fireEvent.click(screen.getByText("Mark as done"));
  expect(screen.queryByText("Outcome unknown")).toBeNull();
});

test("arguments that are still written show as far as they go", () => {
  const card = describeCall(call("execute", "pending", { argsText: '{"command":"cargo te' }));
  expect([card.verb, card.object]).toEqual(["Writing", "cargo te"]);
});

test("the time of a running call counts from when it began", () => {
  const startedAt = new Date(Date.now() - 125_000).toISOString();
  show(call("execute", "running", { startedAt }));
  expect(screen.getByText(/^2:0\d$/)).toBeTruthy();
});

/** In a chat that was opened at some time, like rows that come into view and leave it. */
function visit(views: Views, one: ToolCall) {
  return render(
    <ViewsContext value={views}>
      <ToolLine call={one} onSuggest={vi.fn()} />
    </ViewsContext>,
  );
}

test("what a person has opened or settled is so when the row comes back", () => {
  const views = new Views();
  const done = call("read_file", "done", { id: "a", result: { content: "1\tx" } });
  const lost = call("execute", "unknown", { id: "b" });
  visit(views, done);
  fireEvent.click(screen.getByRole("button", { name: /^Read/ }));
  cleanup();
  visit(views, lost);
  fireEvent.click(screen.getByText("Mark as done"));
  cleanup();
  visit(views, done);
  expect(screen.getByRole("button", { name: /^Read/ }).getAttribute("aria-expanded")).toBe("true");
  cleanup();
  visit(views, lost);
  expect(screen.queryByText("Outcome unknown")).toBeNull();
});

test("a failure is announced once, and not at all if it is old", () => {
  const views = new Views();
  const failed = (id: string, endedAt: number) =>
    call("execute", "error", { id, result: "No.", endedAt: new Date(endedAt).toISOString() });
  visit(views, failed("old", views.opened - 60_000));
  expect(screen.queryByRole("alert")).toBeNull();
  cleanup();
  visit(views, failed("new", views.opened + 1_000));
  expect(screen.getByRole("alert")).toBeTruthy();
  cleanup();
  visit(views, failed("new", views.opened + 1_000));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("stopping a workspace, and what is done with subagents, has words of its own", () => {
  const words = (name: string, change: Partial<ToolCall> = {}) => {
    const card = describeCall(call(name, "done", change));
    return [card.verb, card.object, card.note].filter(Boolean).join(" ");
  };
  expect(words("stop_workspace")).toBe("Stopped the workspace");
  expect(words("interrupt_agent", { child: "Count callers" })).toBe("Stopped Count callers");
  expect(words("list_agents", { result: { agents: [{ chat_id: "a", title: "Count" }] } })).toBe(
    "Listed subagents 1 subagent",
  );
  expect(words("web_search", { result: { sources: [{}] } })).toBe("Searched the web 1 source");
});

test("how a subagent stands now shows without opening its line", () => {
  const child = { id: "k", title: "Count", status: "error", last_error: { kind: "rate_limit" } };
  queryClient.setQueryData(["chat", "k"], child);
  const result = { chat_id: "k", title: "Count callers", status: "running" };
  const { container } = render(
    <QueryClientProvider client={queryClient}>
      <ToolLine call={call("spawn_agent", "done", { result })} onSuggest={vi.fn()} />
    </QueryClientProvider>,
  );
  expect(container.textContent).toContain("Count callers");
  expect(container.textContent).toContain("Failed: rate limit");
  expect(container.textContent).not.toContain("running");
  expect(screen.getByText("Open").getAttribute("href")).toBe("/agents/k");
});

test("hostile words do nothing in any place of a card", () => {
  for (const text of HOSTILE) {
    const spots: ToolCall[] = [
      call("execute", "done", { args: { command: text }, result: { output: text, exit_code: 1 } }),
      call("execute", "running", { args: { command: text }, output: text }),
      call("edit_files", "error", { args: { path: text }, result: text }),
      call("linear__x", "done", {
        name: text,
        args: { model_intent: text },
        result: { [text]: text },
      }),
    ];
    const { container } = render(
      spots.map((spot, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: made once
        <ToolLine key={at} call={spot} onSuggest={vi.fn()} />
      )),
    );
    for (const line of container.querySelectorAll("button.step[aria-expanded=false]")) {
      fireEvent.click(line);
    }
    expectHarmless(container, text);
    cleanup();
  }
});

test("a call that waits for the app says so, until when, and shows what is asked", () => {
  const deadline = new Date(Date.now() + 60_000).toISOString();
  show(call("ask_user", "asked", { args: { question: "Why?" }, deadline }));
  expect(screen.getByText("Waiting for the app")).toBeTruthy();
  expect(screen.getByText(/left$/)).toBeTruthy();
  expect(document.body.textContent).toContain("Why?");
});

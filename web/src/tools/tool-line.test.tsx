// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { JsonValue } from "@/api/generated/types";
import type { ToolCall, ToolState } from "@/stream/rows";
import { expectHarmless } from "@/test/harmless";
import { HOSTILE } from "@/test/hostile";
import { describe as describeCall } from "./registry";
import { ToolLine } from "./tool-line";

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

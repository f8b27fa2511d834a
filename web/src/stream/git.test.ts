import { expect, it } from "vitest";
import type { GitFrame, GitRepository } from "@/api/generated/types";
import { applyGit, commitRequest, NOTHING_KNOWN, pushedWords, uncommitted } from "./git";

const repository = (repo_root: string, change: Partial<GitRepository> = {}): GitRepository => ({
  repo_root,
  removed: false,
  unified_diff: "",
  files: [],
  files_omitted: 0,
  ...change,
});

const changes = (...repositories: GitRepository[]): GitFrame => ({
  type: "changes",
  scanned_at: "2026-01-01T00:00:00Z",
  repositories,
});

const roots = (state: { repositories: readonly GitRepository[] | null }) =>
  state.repositories?.map((one) => one.repo_root);

it("knows the difference between no answer and no repository", () => {
  expect(NOTHING_KNOWN.repositories).toBeNull();
  expect(applyGit(NOTHING_KNOWN, { type: "ping" }, true)).toBe(NOTHING_KNOWN);
  expect(applyGit(NOTHING_KNOWN, changes(), true).repositories).toEqual([]);
});

it("mends what it knows, and forgets what is gone", () => {
  let state = applyGit(NOTHING_KNOWN, changes(repository("/b"), repository("/a")), true);
  expect(roots(state)).toEqual(["/a", "/b"]);
  state = applyGit(state, changes(repository("/b", { branch: "main" })), false);
  expect(state.repositories?.[1]?.branch).toBe("main");
  expect(roots(state)).toEqual(["/a", "/b"]);
  state = applyGit(state, changes(repository("/a", { removed: true })), false);
  expect(roots(state)).toEqual(["/b"]);
  // An answer to "look now" that says that nothing has changed.
  expect(roots(applyGit(state, changes(), false))).toEqual(["/b"]);
});

it("takes the first frame of a new connection for the whole truth", () => {
  const before = applyGit(NOTHING_KNOWN, changes(repository("/old")), true);
  expect(roots(applyGit(before, changes(repository("/new")), true))).toEqual(["/new"]);
});

it("says in words what is pushed", () => {
  const check = (change: Partial<GitRepository>, words: string) =>
    expect(pushedWords(repository("/a", change))).toBe(words);
  check({}, "no commits yet");
  check({ head: "1" }, "not pushed");
  check({ head: "1", upstream: "origin/main", ahead: 0, behind: 0 }, "pushed");
  check({ head: "1", upstream: "origin/main", ahead: 2, behind: 1 }, "2 ahead, 1 behind");
});

it("counts what the list leaves out, and asks for all of it", () => {
  const file = {
    path: "a",
    status: "modified",
    binary: false,
    truncated: false,
  } as const;
  const one = repository("/home/agent/app", { files: [file], branch: "main" });
  expect(uncommitted(one)).toBe(1);
  expect(commitRequest(one)).toContain("the uncommitted change in /home/agent/app on branch main");
  const many = { ...one, files_omitted: 4, branch: null };
  expect(uncommitted(many)).toBe(5);
  expect(commitRequest(many)).toContain("the 5 uncommitted changes in /home/agent/app with");
});

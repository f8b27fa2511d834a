import { beforeEach, expect, it, vi } from "vitest";
import type { GitFile, GitRepository } from "@/api/generated/types";
import { filesOf } from "./files";
import { fingerprint, isViewed, setViewed } from "./viewed";

const file = (path: string, change: Partial<GitFile> = {}): GitFile => ({
  path,
  status: "modified",
  binary: false,
  truncated: false,
  ...change,
});

const repository: GitRepository = {
  repo_root: "/home/agent/app",
  removed: false,
  files_omitted: 0,
  unified_diff: [
    "diff --git a/src/a b.ts b/src/a b.ts",
    "--- a/src/a b.ts\t",
    "+++ b/src/a b.ts\t",
    "@@ -1 +1,2 @@",
    "-one",
    "+two",
    "+three",
    "diff --git a/new.txt b/new.txt",
    "new file mode 100644",
    "--- /dev/null",
    "+++ b/new.txt",
    "@@ -0,0 +1,1 @@",
    "+hello",
    "",
  ].join("\n"),
  files: [
    file("src/a b.ts", { added: 2, deleted: 1 }),
    file("long.txt", { truncated: true, added: 9_000 }),
    file("logo.png", { binary: true }),
    file("to.ts", { status: "renamed", old_path: "from.ts" }),
    file("new.txt", { status: "untracked", added: 1, deleted: 0 }),
  ],
};

it("gives every file its diff, or the reason why there is none", () => {
  const files = filesOf(repository);
  expect(files.map((one) => one.path)).toEqual(repository.files.map((one) => one.path));
  expect(files[0]?.diff?.lines.map((line) => line.kind)).toEqual(["hunk", "del", "add", "add"]);
  expect(files[1]).toMatchObject({ added: 9_000, diff: undefined });
  expect(files[1]?.absent).toContain("too long");
  expect(files[2]?.absent).toContain("no text");
  expect(files[3]).toMatchObject({ word: "renamed", absent: "Renamed from from.ts." });
  expect(files[4]).toMatchObject({ word: "new", added: 1, deleted: 0 });
  expect(files[4]?.diff?.lines.at(-1)).toMatchObject({ kind: "add", text: "hello" });
});

it("shows as many lines as asked for", () => {
  const [first] = filesOf(repository, 2);
  expect(first?.diff).toMatchObject({ cut: true });
  expect(first?.diff?.lines).toHaveLength(2);
});

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
});

it("forgets that a file was viewed when it changes", () => {
  setViewed("chat /a x.ts", fingerprint("one"));
  expect(isViewed("chat /a x.ts", fingerprint("one"))).toBe(true);
  expect(isViewed("chat /a x.ts", fingerprint("two"))).toBe(false);
  setViewed("chat /a x.ts", null);
  expect(isViewed("chat /a x.ts", fingerprint("one"))).toBe(false);
});

it("keeps no more marks than it should, the newest ones", () => {
  for (let at = 0; at < 510; at += 1) setViewed(`file ${at}`, "x");
  expect(isViewed("file 9", "x")).toBe(false);
  expect(isViewed("file 10", "x")).toBe(true);
  expect(isViewed("file 509", "x")).toBe(true);
});

import { expect, test } from "vitest";
import { editAsDiff, parseDiff, splitRows } from "./diff";

const TEXT = ` stats.sh | 4 ++++
diff --git a/stats.sh b/stats.sh
index 2a9de57..42c25c8 100644
--- a/stats.sh
+++ b/stats.sh
@@ -13,4 +13,4 @@ total() {
 average() {
-    let share = rest;
+    let share = rest.abs();
--- not a head
+++ not one either
 }
diff --git a/new b/new
--- /dev/null
+++ b/new
@@ -0,0 +1 @@
+hello
\\ No newline at end of file
`;

test("files, numbers, counts and marks", () => {
  const [stats, added, ...none] = parseDiff(TEXT);
  expect(none).toEqual([]);
  expect([stats?.path, stats?.added, stats?.deleted]).toEqual(["stats.sh", 2, 2]);
  expect(stats?.lines[0]).toEqual({ kind: "hunk", text: "total() {" });
  expect(stats?.lines[1]).toEqual({ kind: "context", before: 13, after: 13, text: "average() {" });
  expect(stats?.lines.at(-1)).toMatchObject({ kind: "context", before: 16, after: 16 });
  expect([added?.path, added?.added]).toEqual(["new", 1]);
});

test("the changed part of a line is marked", () => {
  const { lines } = editAsDiff("a.rs", [
    { search: "share = rest;", replace: "share = rest.abs();" },
  ]);
  expect(lines[0]?.mark).toBeUndefined();
  expect(lines[1]?.mark).toEqual([12, 18]);
});

test("no diff in a text gives no files", () => {
  expect(parseDiff("ok\n--- just a line\n")).toHaveLength(1);
  expect(parseDiff("all tests passed")).toEqual([]);
});

test("puts what was removed beside what took its place", () => {
  const [file] = parseDiff(
    ["--- a/x", "+++ b/x", "@@ -1,4 +1,3 @@ head", " same", "-a", "-b", "+A", " end"].join("\n"),
  );
  const rows = splitRows(file?.lines ?? []).map((row) => [
    row.hunk ?? row.before?.line.text,
    row.after?.line.text,
  ]);
  expect(rows).toEqual([
    ["head", undefined],
    ["same", "same"],
    ["a", "A"],
    ["b", undefined],
    ["end", "end"],
  ]);
});

import { expect, it } from "vitest";
import { parseDiff } from "@/lib/diff";
import { referenceOf } from "./comment";

const [file] = parseDiff(
  ["--- a/x.ts", "+++ b/x.ts", "@@ -4,3 +7,3 @@ f", " same", "-old", "+new", " end"].join("\n"),
);

it("refers to the lines as they are now, and to removed ones where they were", () => {
  if (!file) throw new Error("no file");
  const check = (from: number, to: number) => referenceOf("src/x.ts", file, { from, to });
  expect(check(0, 4)).toEqual({
    file_name: "src/x.ts",
    start_line: 7,
    end_line: 9,
    content: "same\nnew\nend",
  });
  expect(check(2, 2)).toMatchObject({ start_line: 5, end_line: 5, content: "old" });
  expect(check(0, 0)).toBeUndefined();
});

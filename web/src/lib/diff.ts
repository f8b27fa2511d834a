// Unified diffs as lines to show.

export interface DiffLine {
  kind: "context" | "add" | "del" | "hunk";
  /** Numbers before and after; absent where there is none. */
  before?: number;
  after?: number;
  text: string;
  /** The changed part of the line, from and to. */
  mark?: [number, number];
}

export interface FileDiff {
  path: string;
  added: number;
  deleted: number;
  lines: DiffLine[];
  /** Not shown: too long. */
  cut: boolean;
}

const LINES_MAX = 3_000;

function pathOf(line: string): string {
  const path = line.slice(4).split("\t")[0] ?? "";
  return path === "/dev/null" ? "" : path.replace(/^[ab]\//, "");
}

/** Reads one or more files out of the output of a diff. Text around them is skipped. */
export function parseDiff(text: string, linesMax = LINES_MAX): FileDiff[] {
  const files: FileDiff[] = [];
  let file: FileDiff | undefined;
  let before = 0;
  let after = 0;
  // How many lines the current hunk still has.
  let rest = { before: 0, after: 0 };
  for (const line of text.split("\n")) {
    const inHunk = rest.before > 0 || rest.after > 0;
    if (!inHunk && line.startsWith("--- ")) {
      file = { path: pathOf(line), added: 0, deleted: 0, lines: [], cut: false };
      files.push(file);
      continue;
    }
    if (!inHunk && file && line.startsWith("+++ ")) {
      file.path = pathOf(line) || file.path;
      continue;
    }
    const head = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/.exec(line);
    if (!inHunk && head && file) {
      before = Number(head[1]);
      after = Number(head[3]);
      rest = { before: Number(head[2] ?? 1), after: Number(head[4] ?? 1) };
      file.lines.push({ kind: "hunk", text: (head[5] ?? "").trim() });
      continue;
    }
    if (!inHunk || !file) continue;
    if (file.lines.length >= linesMax) file.cut = true;
    const body = line.slice(1);
    if (line.startsWith("+")) {
      file.added += 1;
      rest.after -= 1;
      if (!file.cut) file.lines.push({ kind: "add", after, text: body });
      after += 1;
    } else if (line.startsWith("-")) {
      file.deleted += 1;
      rest.before -= 1;
      if (!file.cut) file.lines.push({ kind: "del", before, text: body });
      before += 1;
    } else if (!line.startsWith("\\")) {
      rest = { before: rest.before - 1, after: rest.after - 1 };
      if (!file.cut) file.lines.push({ kind: "context", before, after, text: body });
      before += 1;
      after += 1;
    }
  }
  for (const one of files) markChanges(one.lines);
  return files;
}

/** What two texts share at their start and end, as the range between. */
function changed(one: string, other: string): [[number, number], [number, number]] {
  let start = 0;
  const most = Math.min(one.length, other.length);
  while (start < most && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < most - start && one[one.length - 1 - end] === other[other.length - 1 - end])
    end += 1;
  return [
    [start, one.length - end],
    [start, other.length - end],
  ];
}

/** Runs of as many deletions as additions are pairs of one line each. */
function markChanges(lines: DiffLine[]): void {
  let at = 0;
  while (at < lines.length) {
    const start = at;
    while (lines[at]?.kind === "del") at += 1;
    const middle = at;
    while (lines[at]?.kind === "add") at += 1;
    if (middle - start > 0 && middle - start === at - middle) {
      for (let pair = 0; pair < middle - start; pair += 1) {
        markPair(lines[start + pair], lines[middle + pair]);
      }
    }
    if (at === start) at += 1;
  }
}

function markPair(del: DiffLine | undefined, add: DiffLine | undefined): void {
  if (!del || !add) return;
  const [before, after] = changed(del.text, add.text);
  const shared = before[0] + del.text.length - before[1];
  // A line with little in common is simply another line.
  if (shared * 2 < Math.max(del.text.length, add.text.length)) return;
  if (before[1] > before[0]) del.mark = before;
  if (after[1] > after[0]) add.mark = after;
}

/** What an edit would look like, before the server has said it. */
export function editAsDiff(path: string, edits: { search: string; replace: string }[]): FileDiff {
  const lines: DiffLine[] = [];
  for (const edit of edits) {
    if (lines.length > 0) lines.push({ kind: "hunk", text: "" });
    for (const text of edit.search.split("\n")) lines.push({ kind: "del", text });
    for (const text of edit.replace.split("\n")) lines.push({ kind: "add", text });
  }
  markChanges(lines);
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length;
  return { path, added: count("add"), deleted: count("del"), lines, cut: false };
}

/** A text of which nothing was there before. */
export function newFile(path: string, content: string): FileDiff {
  const texts = content === "" ? [] : content.replace(/\n$/, "").split("\n");
  const lines = texts.map((text, at): DiffLine => ({ kind: "add", after: at + 1, text }));
  return { path, added: lines.length, deleted: 0, lines, cut: false };
}

interface Cell {
  line: DiffLine;
  /** Its place among the lines of the file. */
  at: number;
}

/** One row of a diff in two columns; a hunk's head takes both. */
export interface SplitRow {
  hunk?: string;
  before?: Cell;
  after?: Cell;
}

/** Puts what was removed beside what took its place. */
export function splitRows(lines: readonly DiffLine[]): SplitRow[] {
  const rows: SplitRow[] = [];
  let at = 0;
  const take = (kind: DiffLine["kind"]) => {
    const cells: Cell[] = [];
    for (let line = lines[at]; line?.kind === kind; line = lines[at]) {
      cells.push({ line, at });
      at += 1;
    }
    return cells;
  };
  while (at < lines.length) {
    const line = lines[at] as DiffLine;
    if (line.kind === "hunk") {
      rows.push({ hunk: line.text });
      at += 1;
    } else if (line.kind === "context") {
      rows.push({ before: { line, at }, after: { line, at } });
      at += 1;
    } else {
      const [before, after] = [take("del"), take("add")];
      for (let row = 0; row < Math.max(before.length, after.length); row += 1) {
        const [left, right] = [before[row], after[row]];
        rows.push({ ...(left ? { before: left } : {}), ...(right ? { after: right } : {}) });
      }
    }
  }
  return rows;
}

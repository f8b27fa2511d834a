// What the panel shows of one repository: every changed file, with its diff where there is one.
import type { GitFile, GitRepository } from "@/api/generated/types";
import { type FileDiff, parseDiff } from "@/lib/diff";

export interface ShownFile {
  path: string;
  /** A word beside the name where the counts do not say enough. */
  word: string;
  added: number;
  deleted: number;
  diff: FileDiff | undefined;
  /** Why there is no diff. */
  absent: string;
}

const WORDS: Record<GitFile["status"], string> = {
  added: "new",
  untracked: "new",
  deleted: "deleted",
  renamed: "renamed",
  conflicted: "in conflict",
  modified: "",
};

function absence(file: GitFile): string {
  if (file.binary) return "This file holds no text.";
  if (file.truncated) {
    return `The changes are too long to show here. In the terminal: git diff HEAD -- '${file.path}'`;
  }
  if (file.status === "renamed") return `Renamed from ${file.old_path ?? "another name"}.`;
  return "Nothing to show line by line.";
}

/** The files of a repository in the order of its list. */
export function filesOf(repository: GitRepository, linesMax?: number): ShownFile[] {
  const diffs = new Map(
    parseDiff(repository.unified_diff, linesMax).map((diff) => [diff.path, diff]),
  );
  return repository.files.map((file) => {
    const diff = diffs.get(file.path);
    return {
      path: file.path,
      word: WORDS[file.status],
      added: file.added ?? diff?.added ?? 0,
      deleted: file.deleted ?? diff?.deleted ?? 0,
      diff: diff && diff.lines.length > 0 ? diff : undefined,
      absent: absence(file),
    };
  });
}

/** The agent's own edits as the same list. */
export function filesOfEdits(files: readonly FileDiff[]): ShownFile[] {
  return files.map((diff) => ({
    path: diff.path,
    word: "",
    added: diff.added,
    deleted: diff.deleted,
    diff,
    absent: "",
  }));
}

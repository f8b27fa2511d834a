// What the socket of live changes has told, as one value. Pure: the same frames give the same
// state.
import type { GitFrame, GitRepository } from "@/api/generated/types";

export interface GitState {
  /** By path of their root; null until the workspace has said anything. */
  repositories: readonly GitRepository[] | null;
  /** When the workspace was last looked at. */
  scannedAt: string | null;
}

export const NOTHING_KNOWN: GitState = { repositories: null, scannedAt: null };

/**
 * Applies one frame. The first frame of a connection tells everything, so what it leaves out
 * is gone; later ones tell what has changed.
 */
export function applyGit(state: GitState, frame: GitFrame, first: boolean): GitState {
  if (frame.type !== "changes") return state;
  const known = new Map<string, GitRepository>();
  if (!first) for (const one of state.repositories ?? []) known.set(one.repo_root, one);
  for (const one of frame.repositories) {
    if (one.removed) known.delete(one.repo_root);
    else known.set(one.repo_root, one);
  }
  const repositories = [...known.values()].sort((a, b) => (a.repo_root < b.repo_root ? -1 : 1));
  return { repositories, scannedAt: frame.scanned_at };
}

/** Whether commits are where others can see them, in words. */
export function pushedWords({ upstream, ahead, behind, head }: GitRepository): string {
  if (!head) return "no commits yet";
  if (!upstream) return "not pushed";
  const words = [];
  if (ahead) words.push(`${ahead} ahead`);
  if (behind) words.push(`${behind} behind`);
  return words.length > 0 ? words.join(", ") : "pushed";
}

/** How many files differ from the last commit. */
export function uncommitted({ files, files_omitted }: GitRepository): number {
  return files.length + files_omitted;
}

/** What asks an agent to commit, in the words of a person. */
export function commitRequest({ repo_root, branch, files, files_omitted }: GitRepository): string {
  const count = files.length + files_omitted;
  const what = count === 1 ? "the uncommitted change" : `the ${count} uncommitted changes`;
  const where = branch ? ` on branch ${branch}` : "";
  return `Commit ${what} in ${repo_root}${where} with a message that says why they were made.`;
}

// The panel beside a conversation, in the states that its tabs have.
import type { GitFrame, GitRepository } from "../../src/api/generated/types";
import { enter, type Scene } from "../kit/scene";
import { describeStates, type Stage, type State } from "../kit/state";
import { cut, hold, reword, say } from "../kit/wire";
import { CHAT_SCRIPT } from "./chat.script";
import { prepare } from "./prepare";

const CHAT: Scene = {
  text: "Explain how the ledger rounds credits.",
  status: "waiting",
  sign: "One caller needs",
};
const GIT = /\/stream\/git/;
/** Shown as a time of day, and so the same in every picture. */
const LOOKED = "2026-06-01T12:00:00Z";

const CLEAN: GitRepository = {
  repo_root: "/home/agent/ledger",
  removed: false,
  branch: "main",
  head: "5f3a9c41d2",
  remote_origin: "https://git.example.com/ledger.git",
  upstream: "origin/main",
  ahead: 0,
  behind: 0,
  files: [],
  files_omitted: 0,
  unified_diff: "",
};

const DIFF = `diff --git a/src/split.rs b/src/split.rs
--- a/src/split.rs
+++ b/src/split.rs
@@ -4,5 +4,7 @@ pub fn split_amount(total: i64, n: i64) -> Vec<i64> {
     let share = total / n;
     let rest = total % n;
+    // A credit leaves a negative rest.
+    let cent = rest.signum();
     (0..n)
-        .map(|i| share + (i < rest) as i64)
+        .map(|i| share + cent * (i < rest.abs()) as i64)
         .collect()
`;

const CHANGED: GitRepository = {
  ...CLEAN,
  branch: "fix-remainder",
  upstream: null,
  ahead: null,
  behind: null,
  files: [
    {
      path: "src/split.rs",
      status: "modified",
      added: 3,
      deleted: 1,
      binary: false,
      truncated: false,
    },
  ],
  unified_diff: DIFF,
};

const changes = (...repositories: GitRepository[]): GitFrame => ({
  type: "changes",
  scanned_at: LOOKED,
  repositories,
});

async function tab(stage: Stage, name: "git" | "terminal" | "context", sign: string | RegExp) {
  await enter(stage, { ...CHAT, search: `?panel=${name}` });
  await stage.page.getByRole("complementary").getByText(sign).first().waitFor();
}

/** Changes as the workspace would tell of them. */
const told = (name: string, sign: string, ...repositories: GitRepository[]): State => ({
  name,
  open: async (stage) => {
    await say(stage.page, GIT, [changes(...repositories)]);
    await tab(stage, "git", sign);
  },
});

const STATES: State[] = [
  {
    name: "changes-loading",
    open: async (stage) => {
      await say(stage.page, GIT, []);
      await tab(stage, "git", "Looking for changes");
    },
  },
  told("changes-clean", "Nothing uncommitted", CLEAN),
  told("changes-no-repository", "Not a git repository"),
  told("changes-one", "Ask to commit", CHANGED),
  {
    name: "changes-last-known",
    open: async (stage) => {
      await say(stage.page, GIT, [changes(CHANGED)], "lose");
      await tab(stage, "git", "This is how it was at");
    },
  },
  {
    name: "changes-unreachable",
    open: async (stage) => {
      await cut(stage.page, GIT);
      await tab(stage, "git", "once it can be reached");
    },
  },
  {
    name: "terminal-no-workspace",
    open: (stage) =>
      enter(stage, {
        text: "Hello",
        workspace: false,
        status: "waiting",
        sign: "A short answer",
        search: "?panel=terminal",
      }),
  },
  {
    name: "terminal-stopped",
    open: async (stage) => {
      await reword(stage.page, (text) =>
        text.replaceAll('"status":"connected"', '"status":"disconnected"'),
      );
      await tab(stage, "terminal", "A terminal can be opened as soon as it runs.");
    },
  },
  {
    name: "terminal-loading",
    open: async (stage) => {
      await hold(stage.page, /\/appearance/);
      await tab(stage, "terminal", "Loading the terminal");
    },
  },
  {
    name: "terminal-lost",
    open: async (stage) => {
      await cut(stage.page, /\/pty/);
      await tab(stage, "terminal", "Connection lost");
    },
  },
  {
    name: "context-empty",
    open: async (stage) => {
      await enter(stage, {
        text: "Please say nothing for a while.",
        sign: "Starting",
        search: "?panel=context",
      });
      await stage.page.getByText("Nothing counted yet").waitFor();
    },
  },
];

describeStates({ name: "panel", script: CHAT_SCRIPT, before: prepare, states: STATES });

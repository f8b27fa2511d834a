// Every state of a conversation.
import { makeGuest } from "../kit/guest";
import { enter, scene, TITLE } from "../kit/scene";
import { describeStates, type State } from "../kit/state";
import { cut, field, hold, reword } from "../kit/wire";
import { CHAT_SCRIPT } from "./chat.script";
import { prepare } from "./prepare";

const SOMEONE = "01a22a00-0000-7000-8000-000000000000";
const TICKET = {
  name: "open_ticket",
  description: "Opens a ticket in the tracker of the app.",
  input_schema: { type: "object", properties: { title: { type: "string" } } },
};

/** A workspace in a state that takes a broken machine. */
function workspaceState(name: string, change: (text: string) => string, word: string): State {
  return {
    name: `workspace-${name}`,
    open: async (stage) => {
      await reword(stage.page, change);
      await enter(stage, {
        text: "Explain how the ledger rounds credits.",
        sign: "One caller needs",
      });
      await stage.page.getByTitle(new RegExp(`${word}$`)).waitFor();
    },
  };
}

/** The chat of somebody else who shows it. */
function shared(): State {
  let gone: () => Promise<unknown> = async () => undefined;
  return {
    name: "shared-with-me",
    // Behind the conversation its reader has no list of chats, nor a workspace.
    expected: /40[34]/,
    open: async (stage) => {
      const { client, page } = stage;
      const chat = await client.finished("Explain how the ledger rounds credits.", {
        workspace: true,
      });
      await client.patch(`/chats/${chat.id}`, { title: TITLE });
      const guest = await makeGuest(stage);
      gone = guest.gone;
      await client.patch(`/chats/${chat.id}/acl`, { user_roles: { [guest.id]: "read" } });
      await guest.enter();
      await page.goto(`/agents/${chat.id}`);
      await page.getByText("One caller needs").first().waitFor();
    },
    after: () => gone(),
  };
}

/** A failure that the server reports after hours of attempts. */
function failure(kind: string, title: string, message: string): State {
  return {
    name: `error-${kind.replaceAll("_", "-")}`,
    open: async (stage) => {
      const words = (text: string) =>
        text
          .replaceAll('"kind":"auth"', `"kind":"${kind}"`)
          .replace(/Authentication with [^"]*billing\./g, message);
      await reword(stage.page, words);
      await enter(stage, { text: "case refuse", status: "error", sign: title });
    },
  };
}

const STATES: State[] = [
  {
    name: "loading",
    open: async (stage) => {
      await hold(stage.page, /\/messages/);
      await enter(stage, { text: "Hello", sign: TITLE });
      await stage.page.getByText("Loading the conversation").waitFor();
    },
  },
  {
    name: "not-found",
    expected: /404/,
    open: async ({ page }) => {
      await page.goto(`/agents/${SOMEONE}`);
      await page.locator("main").getByText("Not found", { exact: true }).waitFor();
    },
  },
  scene("archived", {
    text: "Explain how the ledger rounds credits.",
    status: "waiting",
    before: ({ client }, id) => client.patch(`/chats/${id}`, { archived: true }),
    sign: "This chat is archived.",
  }),
  scene("finished", {
    text: "Explain how the ledger rounds credits.",
    status: "waiting",
    sign: "One caller needs",
  }),
  scene("no-workspace", {
    text: "Hello",
    workspace: false,
    status: "waiting",
    sign: "A short answer",
  }),
  workspaceState("building", field("status", "running"), "Building"),
  workspaceState(
    "starting",
    (text) => text.replaceAll('"status":"connected"', '"status":"connecting"'),
    "Starting",
  ),
  workspaceState(
    "unreachable",
    (text) => text.replaceAll('"status":"connected"', '"status":"disconnected"'),
    "Unreachable",
  ),
  workspaceState("stopped", field("transition", "stop"), "Stopped"),
  workspaceState("deleted", field("transition", "delete"), "Deleted"),
  scene("working", {
    text: "The test splits_remainder has failed since Friday. Find out why and fix the code. Don’t change the test.",
    sign: "The fix is in",
    search: "?panel=git",
  }),
  scene("starting", { text: "Please say nothing for a while.", sign: "Starting" }),
  scene("thinking", { text: "First think about negative amounts.", sign: /Thinking: / }),
  scene("running", { text: "Please run the suite.", sign: "refunds_in_three_parts" }),
  scene("streaming", { text: "Now tell me everything.", sign: "The fix is in" }),
  {
    name: "interrupting",
    open: async (stage) => {
      await reword(stage.page, (text) =>
        text.replaceAll('"status":"running"', '"status":"interrupting"'),
      );
      await enter(stage, { text: "Please run the suite.", sign: "Stopping" });
    },
  },
  {
    name: "interrupted",
    open: async (stage) => {
      const id = await enter(stage, { text: "Now tell me everything.", sign: "The fix is in" });
      // So far the model speaks before it falls silent.
      await stage.page.getByText("One caller needs").nth(1).waitFor();
      await stage.client.post(`/chats/${id}/interrupt`);
      await stage.page.getByText("Stopped by you.").waitFor();
    },
  },
  scene("retrying", { text: "case busy", sign: /Trying again in 1:/ }),
  scene("retrying-overloaded", { text: "case overload", sign: /overloaded/i }),
  scene("error-auth", { text: "case refuse", status: "error", sign: "Authentication" }),
  scene("error-config", { text: "case unknown_model", status: "error", sign: "Configuration" }),
  scene("error-usage-limit", { text: "case quota", status: "error", sign: "Usage limit reached" }),
  // A kind that this page has never heard of.
  failure("solar_flare", "Error", "The provider returned an unexpected error."),
  failure("rate_limit", "Rate limit", "The provider is rate limiting requests."),
  failure("timeout", "Timeout", "The provider could not be reached."),
  failure("startup_timeout", "Startup timeout", "The provider did not start responding in time."),
  failure("stream_silence_timeout", "Stream silence timeout", "The provider stopped sending data."),
  failure("overloaded", "Overloaded", "The provider is overloaded."),
  scene("compacting", {
    text: "Explain how the ledger rounds credits.",
    status: "waiting",
    before: ({ client }, id) => client.post(`/chats/${id}/compact`),
    sign: /Summarising/,
  }),
  scene("cleared", {
    text: "Explain how the ledger rounds credits.",
    status: "waiting",
    before: ({ client }, id) => client.post(`/chats/${id}/clear`),
    sign: "One caller needs",
  }),
  {
    name: "queued-for-capacity",
    open: async (stage) => {
      await reword(stage.page, field("queued_for_capacity", true));
      await enter(stage, {
        text: "Please say nothing for a while.",
        sign: "Waiting for capacity",
      });
    },
  },
  scene("client-tool", {
    text: "Open the ticket of this failure.",
    fields: { dynamic_tools: [TICKET] },
    status: "requires_action",
    sign: "Waiting for the app",
  }),
  shared(),
  {
    name: "share-dialog",
    open: async (stage) => {
      await enter(stage, { text: "Hello", workspace: false, status: "waiting", sign: "A short" });
      await stage.page.getByRole("button", { name: "Chat actions" }).first().click();
      await stage.page.getByRole("menuitem", { name: "Share" }).click();
      await stage.page.getByRole("dialog", { name: "Share this chat" }).waitFor();
    },
  },
  scene("changes-none", {
    text: "Hello",
    workspace: false,
    status: "waiting",
    sign: "A short answer",
    search: "?panel=git",
  }),
  scene("context", {
    text: "Explain how the ledger rounds credits.",
    status: "waiting",
    sign: "One caller needs",
    search: "?panel=context",
  }),
  {
    name: "terminal",
    open: async (stage) => {
      const { page } = stage;
      await page.addInitScript(() => localStorage.setItem("muster.screen-reader", "on"));
      await enter(stage, {
        text: "Explain how the ledger rounds credits.",
        status: "waiting",
        sign: "One caller needs",
        search: "?panel=terminal",
      });
      await page.locator(".xterm-accessibility-tree").getByText("$").first().waitFor();
    },
  },
  {
    name: "outcome-unknown",
    open: async (stage) => {
      await reword(stage.page, (text) =>
        text.replaceAll('"type":"tool-result"', '"type":"tool-result","outcome":"unknown"'),
      );
      await enter(stage, {
        text: "Explain how the ledger rounds credits.",
        status: "waiting",
        sign: "Outcome unknown",
      });
    },
  },
  {
    name: "reconnecting",
    open: async (stage) => {
      await cut(stage.page, /\/stream/);
      await enter(stage, {
        text: "Explain how the ledger rounds credits.",
        status: "waiting",
        sign: "Reconnecting",
      });
    },
  },
  {
    name: "demo",
    open: async ({ page, client }) => {
      const chats = await client.get<{ id: string }[]>("/chats");
      await page.goto(`/agents/${chats.at(-1)?.id}`);
      await page.getByText("answers 0 for an empty list").waitFor();
    },
  },
];

describeStates({ name: "chat", script: CHAT_SCRIPT, before: prepare, states: STATES });

// Every state of the place where people write.
import { makeGuest } from "../kit/guest";
import { enter } from "../kit/scene";
import { describeStates, type Stage, type State } from "../kit/state";
import { fail, hold, reword } from "../kit/wire";
import { CHAT_SCRIPT } from "./chat.script";
import { prepare } from "./prepare";

const WORDS = "Then check whether release 1.8 needs this fix too.";
const DONE = { text: "Explain how the ledger rounds credits.", status: "waiting" } as const;
const SIGN = "One caller needs";
const BUSY = { text: "Please run the suite.", sign: "refunds_in_three_parts" };

const field = ({ page }: Stage) => page.getByRole("textbox", { name: "Message" });
const picture = { name: "invoice.png", mimeType: "image/png", buffer: Buffer.alloc(300, 1) };
const attach = ({ page }: Stage, ...files: (typeof picture)[]) =>
  page.locator("input[type=file]").setInputFiles(files);

async function fresh(stage: Stage, search = ""): Promise<void> {
  await stage.page.goto(`/agents${search}`);
  await stage.page.getByRole("heading", { name: "What should be done?" }).waitFor();
}

/** A chat with these many messages waiting. */
async function queued(stage: Stage, count: number): Promise<void> {
  const id = await enter(stage, BUSY);
  for (let at = 1; at <= count; at += 1) {
    await stage.client.say(id, `Waiting message ${at}: open a pull request against main.`);
  }
  await stage.page.getByText("Waiting message 1:").waitFor();
}

/** Somebody whose roles allow no chats. */
function forbidden(): State {
  let gone: () => Promise<unknown> = async () => undefined;
  return {
    name: "no-access",
    expected: /403/,
    open: async (stage) => {
      const guest = await makeGuest(stage);
      gone = guest.gone;
      await stage.client.send("PUT", `/users/${guest.id}/roles`, { roles: [] });
      await guest.enter();
      await fresh(stage);
      await field(stage).fill(WORDS);
      await field(stage).press("Enter");
      await stage.page.getByText("You can’t start chats").waitFor();
    },
    after: () => gone(),
  };
}

const STATES: State[] = [
  {
    name: "loading",
    open: async (stage) => {
      await hold(stage.page, /\/chats\/models/);
      await enter(stage, { ...DONE, sign: SIGN });
    },
  },
  { name: "empty", open: (stage) => fresh(stage) },
  {
    name: "text",
    open: async (stage) => {
      await fresh(stage);
      await field(stage).fill(`${WORDS}\n\nIf it does, prepare the branch.`);
    },
  },
  {
    name: "from-link",
    open: async (stage) => {
      await fresh(stage, `?prompt=${encodeURIComponent(WORDS)}`);
      await stage.page.getByText("This text came from a link.").waitFor();
    },
  },
  {
    name: "invisible",
    open: async (stage) => {
      await fresh(stage);
      await field(stage).fill("Then check\u200b the release\u202e.");
      await stage.page.getByText(/invisible/).waitFor();
    },
  },
  {
    name: "sending",
    open: async (stage) => {
      await hold(stage.page, /\/chats\/[^/]+\/messages$/, "POST");
      await enter(stage, { ...DONE, sign: SIGN });
      await field(stage).fill(WORDS);
      await field(stage).press("Enter");
      await stage.page.getByRole("log").getByText(WORDS).waitFor();
    },
  },
  {
    name: "not-sent",
    expected: /503/,
    open: async (stage) => {
      const message = "The database is not available.";
      await fail(stage.page, "write", /\/messages$/, { status: 503, message });
      await enter(stage, { ...DONE, sign: SIGN });
      await field(stage).fill(WORDS);
      await field(stage).press("Enter");
      await stage.page.getByText("Not sent.").waitFor();
    },
  },
  { name: "running", open: (stage) => enter(stage, BUSY) },
  {
    name: "queue",
    open: async (stage) => {
      await queued(stage, 3);
      await field(stage).fill(WORDS);
      await stage.page.getByRole("button", { name: "Queue", exact: true }).waitFor();
    },
  },
  {
    name: "queue-full",
    expected: /429/,
    open: async (stage) => {
      await queued(stage, 20);
      await field(stage).fill(WORDS);
      await field(stage).press("Enter");
      await stage.page.getByText("Your text is kept").waitFor();
    },
  },
  {
    name: "editing",
    open: async (stage) => {
      await enter(stage, { ...DONE, sign: SIGN });
      await field(stage).press("ArrowUp");
      await stage.page.getByText("Later messages are removed, files stay.").waitFor();
    },
  },
  {
    name: "uploading",
    open: async (stage) => {
      await hold(stage.page, /\/chats\/files/, "POST");
      await fresh(stage);
      await attach(stage, picture);
      await field(stage).fill("What is wrong in this one?");
      await stage.page.getByText("invoice.png").waitFor();
    },
  },
  {
    name: "upload-failed",
    expected: /503/,
    open: async (stage) => {
      const message = "The database is not available.";
      await fail(stage.page, "write", /\/chats\/files/, { status: 503, message });
      await fresh(stage);
      await attach(stage, picture, {
        ...picture,
        name: "scan.png",
        buffer: Buffer.alloc(11 << 20),
      });
      await stage.page.getByText("scan.png").waitFor();
    },
  },
  {
    name: "over-limit",
    expected: /409/,
    open: async (stage) => {
      await fail(stage.page, "write", /\/messages$/, {
        status: 409,
        message: "The usage limit is reached.",
        spent_micros: 100_000_000,
        limit_micros: 100_000_000,
        resets_at: new Date(Date.now() + 86_400_000).toISOString(),
      });
      await enter(stage, { ...DONE, sign: SIGN });
      await field(stage).fill(WORDS);
      await field(stage).press("Enter");
      await stage.page.getByText("Your text is kept.").waitFor();
    },
  },
  {
    name: "no-key",
    open: async (stage) => {
      await reword(stage.page, (text) =>
        text.replaceAll(
          '"available":true',
          '"available":false,"unavailable_reason":"api_key_missing"',
        ),
      );
      await stage.page.goto("/agents");
      await stage.page.getByText("No model can be used").waitFor();
    },
  },
  {
    name: "models-failed",
    expected: /503/,
    open: async (stage) => {
      const message = "The database is not available.";
      await fail(stage.page, "read", /\/chats\/models/, { status: 503, message });
      await stage.page.goto("/agents");
      await stage.page.getByText("Models could not be loaded").waitFor();
    },
  },
  {
    name: "workspaces-failed",
    expected: /503/,
    open: async (stage) => {
      const message = "The database is not available.";
      await fail(stage.page, "read", /\/api\/v2\/workspaces$/, { status: 503, message });
      await fresh(stage);
      await stage.page.getByText("Workspaces could not be loaded.").waitFor();
    },
  },
  {
    name: "creating",
    open: async (stage) => {
      await hold(stage.page, /\/api\/v2\/chats$/, "POST");
      await fresh(stage);
      await field(stage).fill(WORDS);
      await field(stage).press("Enter");
      await stage.page.getByRole("button", { name: /^Sending/ }).waitFor();
    },
  },
  {
    name: "not-started",
    expected: /503/,
    open: async (stage) => {
      const message = "The database is not available.";
      await fail(stage.page, "write", /\/api\/v2\/chats$/, { status: 503, message });
      await fresh(stage);
      await field(stage).fill(WORDS);
      await field(stage).press("Enter");
      await stage.page.getByText("Not started").waitFor();
    },
  },
  forbidden(),
  {
    name: "model-menu",
    open: async (stage) => {
      await fresh(stage);
      await stage.page.getByRole("button", { name: /Atlas Large/ }).click();
      await stage.page
        .getByText(/tokens of context/)
        .first()
        .waitFor();
    },
  },
];

describeStates({ name: "composer", script: CHAT_SCRIPT, before: prepare, states: STATES });

// Every tool's card in its states, made by the real tools in a real workspace.
import { enter, type Scene, scene } from "../kit/scene";
import { describeStates, type State } from "../kit/state";
import { prepare } from "./prepare";
import { TOOLS_SCRIPT } from "./tools.script";

const SAID = "That is what the tools said.";

const done = (name: string, text: string, sign: Scene["sign"] = SAID): State =>
  scene(name, { text, status: "waiting", sign });

/** The same with one line opened. */
const opened = (name: string, text: string, line: RegExp): State => ({
  name,
  open: async (stage) => {
    await enter(stage, { text, status: "waiting", sign: SAID });
    await stage.page.getByRole("button", { name: line }).first().click();
  },
});

const STATES: State[] = [
  done("files", "Please work on files."),
  opened("read-open", "Please look at the credit.", /^Read /),
  done("commands", "Please run commands."),
  opened("command-open", "Please fail loudly.", /^Ran /),
  done("processes", "Please watch processes."),
  done("process-killed", "Please stop the process."),
  done("templates", "Please find a workspace."),
  done("workspace", "Please make a workspace."),
  done("subagent", "Please ask a subagent."),
  opened("subagent-open", "Please ask a subagent.", /^Waited /),
  done("subagents", "Please keep a subagent."),
  scene("plan", {
    text: "Please propose a plan.",
    status: "waiting",
    sign: "Check the four callers",
  }),
  done("plan-failed", "Please propose nothing."),
  done("foreign", "Please use a foreign tool."),
  done("search", "Please search the web.", "Both sources round"),
  scene("pending", { text: "Please write slowly.", sign: "Writing" }),
  scene("cancelled", {
    text: "Please work until stopped.",
    before: async ({ client }, id) => {
      const stored = () => client.get<{ messages: { role: string }[] }>(`/chats/${id}/messages`);
      await client.until(id, "running", () => true);
      while (!(await stored()).messages.some((one) => one.role === "assistant"));
      await client.post(`/chats/${id}/interrupt`);
      await client.settled(id);
    },
    sign: "Cancelled",
  }),
];

describeStates({ name: "tools", script: TOOLS_SCRIPT, before: prepare, states: STATES });

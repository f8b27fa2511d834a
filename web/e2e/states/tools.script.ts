// The calls of the tool cards' states, as a model would make them.
import { PREPARE } from "./prepare";
import { first, HEAD, HOME, NO_EDIT, run, toml } from "./script";

const CREDIT = `${HOME}/ledger/src/credit.rs`;
const README = `${HOME}/ledger/README.md`;

const SOMEONE = "01a22a00-0000-7000-8000-000000000000";

type Call = [tool: string, args: object];

const list = (calls: Call[]) =>
  calls.map(([tool, args]) => `  { tool = "${tool}", args = ${toml(args)} },`).join("\n");

/** What follows the person's words: the calls of each step, then a sentence. */
function turn(user: string, ...steps: Call[][]): string {
  return steps
    .map(
      (calls, at) =>
        `\n[[on]]\nstep = ${at + 1}\nuser = '${user}'\nreply.call = [\n${list(calls)}\n]\n`,
    )
    .join("");
}

const edit = (path: string, search: string, replace: string) => ({
  files: [{ path, edits: [{ search, replace }] }],
});

export const TOOLS_SCRIPT = [
  HEAD,
  PREPARE,
  turn(
    "work on files",
    [
      ["read_file", { path: CREDIT }],
      ["read_file", { path: `${HOME}/ledger/gone.rs` }],
    ],
    [["edit_files", edit(README, "what is left of them", "their remainders")]],
    [["edit_files", { files: [NO_EDIT] }]],
    [
      [
        "write_file",
        {
          path: `${HOME}/ledger/CHANGELOG.md`,
          content: "# Changes\n\n- Credits are shared exactly.\n",
        },
      ],
    ],
    [["write_file", { path: "/etc/ledger.toml", content: "x = 1\n" }]],
  ),
  turn("look at the credit", [["read_file", { path: CREDIT }]]),
  turn(
    "run commands",
    [["execute", { command: run("test") }]],
    [["execute", { command: run("check") }]],
    [["execute", { command: "cd ~/ledger && sed -i s/Ledger/Journal/ README.md && git diff" }]],
    [["execute", { command: "true", workdir: "/no/such/folder" }]],
    [["execute", { command: run("slow"), run_in_background: true }]],
  ),
  turn("fail loudly", [["execute", { command: run("check") }]]),
  turn(
    "watch processes",
    [["execute", { command: run("slow"), run_in_background: true }]],
    [
      ["process_list", {}],
      ["process_output", { process_id: "{{result.0:/background_process_id}}", wait_timeout: "0s" }],
    ],
    [["process_output", { process_id: SOMEONE }]],
  ),
  turn(
    "stop the process",
    [["execute", { command: run("slow"), run_in_background: true }]],
    [["process_signal", { process_id: "{{result.0:/background_process_id}}", signal: "kill" }]],
  ),
  turn(
    "find a workspace",
    [["list_templates", {}]],
    [["read_template", { template_id: "{{result.0:/templates/0/id}}" }]],
    [
      ["read_template", { template_id: "none" }],
      ["start_workspace", {}],
    ],
  ),
  turn(
    "make a workspace",
    [["list_templates", {}]],
    [["create_workspace", { template_id: "{{result.0:/templates/0/id}}" }]],
  ),
  first(
    "Count the callers",
    'reply.text = "I found **four** callers. None of them relies on the order."',
  ),
  first(
    "Wait for ever",
    `reply.call = [\n${list([["execute", { command: run("slow"), timeout: "20m" }]])}\n]`,
  ),
  turn(
    "ask a subagent",
    [["spawn_agent", { title: "Count the callers", prompt: "Count the callers of split_amount." }]],
    [["wait_agent", { chat_id: "{{result.0:/chat_id}}", timeout_seconds: 20 }]],
  ),
  ...[
    [["spawn_agent", { title: "Reproduce with 200 runs", prompt: "Wait for ever." }]],
    [["wait_agent", { chat_id: "{{child}}", timeout_seconds: 0 }]],
    [["message_agent", { chat_id: "{{child}}", message: "Fifty runs are enough." }]],
    [["close_agent", { chat_id: "{{child}}" }]],
    [["wait_agent", { chat_id: SOMEONE }]],
  ].map(
    (calls, at) => `
[[on]]
step = ${at + 1}
user = 'keep a subagent'
${at > 0 ? `seen = 'chat_id\\W+(?P<child>[0-9a-f-]{36})'` : ""}
reply.call = [\n${list(calls as Call[])}\n]
`,
  ),
  turn("propose a plan", [["propose_plan", { path: `${HOME}/PLAN.md` }]]),
  turn("propose nothing", [["propose_plan", { path: `${HOME}/NONE.md` }]]),
  turn("use a foreign tool", [["linear__search_issues", { query: "remainder" }]]),
  first(
    "search the web",
    `reply.search = { query = "rounding of credits", sources = [
  { url = "https://example.org/rounding", title = "Rounding in ledgers" },
  { url = "https://example.com/cents", title = "Where the cents go" },
] }
reply.text = "Both sources round credits away from zero."`,
  ),
  `\n[[on]]\nstep = 1\nuser = 'write slowly'\nreply.call = [\n${list([
    ["write_file", { path: CREDIT, content: "// A credit is a negative amount.\n".repeat(30) }],
  ])}\n]\nreply.fault = { stall = "mid", at = 20 }\n`,
  first(
    "work until stopped",
    `reply.call = [\n${list([
      ["execute", { command: run("slow"), timeout: "20m" }],
      ["read_file", { path: CREDIT }],
    ])}\n]`,
  ),
  '\n[[on]]\nelse = true\nreply.text = "That is what the tools said."\n',
].join("");

// What the model of the conversation's states answers.
import { PREPARE } from "./prepare";
import { EDIT, first, HEAD, HOME, NO_EDIT, PROSE, run, SPLIT, toml } from "./script";

const step = (user: string, number: number, reply: string) =>
  `\n[[on]]\nstep = ${number}\nuser = '${user}'\n${reply}\n`;
const call = (tool: string, args: object) => `{ tool = "${tool}", args = ${toml(args)} }`;

const WORK = "failed since Friday";
/** A run with everything: reading, a failed edit, edits, tests, a subagent, and an answer. */
const WORKING = [
  step(
    WORK,
    1,
    `reply.reasoning = "The remainder is negative for a credit. The loop never hands it out."
reply.call = [
  ${call("execute", { command: "cd ~/ledger && git checkout -q . && git log --oneline" })},
  ${call("read_file", { path: SPLIT })},
]`,
  ),
  step(WORK, 2, `reply.call = [${call("edit_files", { files: [NO_EDIT] })}]`),
  step(WORK, 3, `reply.call = [${call("edit_files", { files: [EDIT] })}]`),
  step(
    WORK,
    4,
    `reply.call = [
  ${call("execute", { command: run("test") })},
  ${call("spawn_agent", { title: "Check callers of split_amount", prompt: "Read every caller of split_amount and report." })},
]`,
  ),
  step(WORK, 5, `reply.text = """${PROSE}"""\nreply.fault = { stall = "mid", at = 14 }`),
];

const DONE = "rounds credits";
const FINISHED = [
  step(DONE, 1, `reply.call = [${call("read_file", { path: `${HOME}/ledger/src/credit.rs` })}]`),
  step(
    DONE,
    2,
    `reply.reasoning = "Signs matter here."\nreply.text = """${PROSE}"""\nreply.usage = { input = 62_400, output = 810 }`,
  ),
];

const STATUS: Record<string, string> = {
  refuse: "{ status = 401 }",
  unknown_model: '{ status = 404, body = "The model does not exist" }',
  quota: '{ status = 429, body = "You exceeded your current quota, insufficient_quota" }',
  busy: "{ status = 429, retry_after = 90 }",
  overload: "{ status = 529 }",
};

export const CHAT_SCRIPT = [
  HEAD,
  PREPARE,
  ...Object.entries(STATUS).map(([word, fault]) =>
    first(`case ${word}\\b`, `reply.fault = ${fault}`),
  ),
  first(
    "every caller of split_amount",
    `reply.call = [${call("execute", { command: run("slow"), timeout: "20m" })}]`,
  ),
  ...WORKING,
  ...FINISHED,
  first(
    "think about",
    `reply.reasoning = "A credit is a negative amount. Its rest is negative as well, so the comparison never holds and the cents are lost."\nreply.text = "x"\nreply.fault = { stall = "mid", at = 4 }`,
  ),
  first("say nothing", 'reply.fault = { stall = "first" }'),
  first(
    "run the suite",
    `reply.text = "I run the whole suite first.\\n\\n"\nreply.call = [${call("execute", { command: run("slow"), timeout: "20m" })}]`,
  ),
  first(
    "tell me everything",
    `reply.text = """${PROSE.repeat(3)}"""\nreply.fault = { stall = "mid", at = 30 }`,
  ),
  step(
    "ticket of this failure",
    1,
    `reply.text = "I open a ticket."
reply.call = [${call("open_ticket", { title: "splits_remainder fails for credits" })}]`,
  ),
  '\n[[on]]\nelse = true\nreply.text = "A short answer."\n',
].join("");

import type { Describe } from "./card";
import { editFiles } from "./edit-files";
import { execute } from "./execute";
import { readFile, writeFile } from "./files";
import { generic, webSearch } from "./generic";
import { proposePlan } from "./plan";
import { processList, processOutput, processSignal } from "./processes";
import { listAgents, subagent } from "./subagent";
import {
  createWorkspace,
  listTemplates,
  readTemplate,
  startWorkspace,
  stopWorkspace,
} from "./workspace";

/** The cards, by the tool's name. */
const CARDS: Record<string, Describe> = {
  create_workspace: createWorkspace,
  edit_files: editFiles,
  execute,
  list_templates: listTemplates,
  propose_plan: proposePlan,
  process_list: processList,
  process_output: processOutput,
  process_signal: processSignal,
  read_file: readFile,
  read_template: readTemplate,
  start_workspace: startWorkspace,
  stop_workspace: stopWorkspace,
  spawn_agent: subagent,
  spawn_computer_use_agent: subagent,
  wait_agent: subagent,
  message_agent: subagent,
  close_agent: subagent,
  interrupt_agent: subagent,
  list_agents: listAgents,
  web_search: webSearch,
  write_file: writeFile,
};

/** How a call is told. A card that can't make sense of its data gives way to the plain one. */
export const describe: Describe = (call) => {
  const card = Object.hasOwn(CARDS, call.name) ? CARDS[call.name] : undefined;
  try {
    return (card ?? generic)(call);
  } catch {
    return generic(call);
  }
};

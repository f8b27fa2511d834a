import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, list, tense, text } from "./card";
import { JsonBody } from "./generic";

const body = (call: ToolCall) => () => <JsonBody call={call} />;

export function createWorkspace(call: ToolCall): Card {
  const result = fields(call.result);
  const name = text(result.workspace_name) || text(result.name) || arg(call, "name");
  const reused = result.created === false || result.reused === true;
  return {
    verb: tense(call, ["Preparing", "Creating", reused ? "Reused" : "Created"]),
    object: name ? `workspace ${name}` : "a workspace",
    mono: false,
    note: reused && "it exists already",
    body: body(call),
    failure: "Workspace wasn’t created",
  };
}

function theWorkspace(call: ToolCall, words: [string, string, string], ended: string): Card {
  const name = text(fields(call.result).workspace_name);
  return {
    verb: tense(call, words),
    object: name ? `workspace ${name}` : "the workspace",
    mono: false,
    body: body(call),
    failure: `Workspace wasn’t ${ended}`,
  };
}

export const startWorkspace = (call: ToolCall): Card =>
  theWorkspace(call, ["Preparing", "Starting", "Started"], "started");

export const stopWorkspace = (call: ToolCall): Card =>
  theWorkspace(call, ["Preparing", "Stopping", "Stopped"], "stopped");

export function listTemplates(call: ToolCall): Card {
  const count = list(fields(call.result).templates).length;
  return {
    verb: tense(call, ["Listing", "Listing", "Listed"]),
    object: "templates",
    mono: false,
    note: call.state === "done" && count > 0 && `${count} found`,
    body: body(call),
    failure: "Templates weren’t listed",
  };
}

export function readTemplate(call: ToolCall): Card {
  const result = fields(call.result);
  return {
    verb: tense(call, ["Reading", "Reading", "Read"]),
    object: `template ${text(result.name) || text(fields(result.template).name)}`.trim(),
    mono: false,
    body: body(call),
    failure: "Template wasn’t read",
  };
}

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

export function startWorkspace(call: ToolCall): Card {
  const result = fields(call.result);
  return {
    verb: tense(call, ["Preparing", "Starting", "Started"]),
    object: text(result.workspace_name)
      ? `workspace ${text(result.workspace_name)}`
      : "the workspace",
    mono: false,
    body: body(call),
    failure: "Workspace wasn’t started",
  };
}

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

import type { CreateModelConfigRequest, ModelConfig, ProviderSchema } from "@/api/generated/types";
import { percentOf } from "../threshold";
import { build, type Texts, textsOf, wireOf } from "./settings-form";

/** What the form holds: texts as they were typed. */
export interface ModelDraft {
  provider: string;
  model: string;
  displayName: string;
  context: string;
  threshold: string;
  enabled: boolean;
  isDefault: boolean;
  settings: Texts;
}

export const NEW_MODEL: ModelDraft = {
  provider: "",
  model: "",
  displayName: "",
  context: "200000",
  threshold: "70",
  enabled: true,
  isDefault: false,
  settings: {},
};

export function draftOf(config: ModelConfig, schema: ProviderSchema): ModelDraft {
  return {
    provider: config.provider,
    model: config.model,
    displayName: config.display_name,
    context: String(config.context_limit),
    threshold: String(config.compression_threshold),
    enabled: config.enabled,
    isDefault: config.is_default,
    settings: textsOf(schema, config.model_config),
  };
}

/** How many fields differ. */
export function changes(draft: ModelDraft, before: ModelDraft): number {
  const { settings, ...plain } = draft;
  const { settings: old, ...plainBefore } = before;
  const names = Object.keys(plain) as (keyof typeof plain)[];
  const paths = new Set([...Object.keys(settings), ...Object.keys(old)]);
  const changed = names.filter((name) => plain[name] !== plainBefore[name]).length;
  return changed + [...paths].filter((path) => (settings[path] ?? "") !== (old[path] ?? "")).length;
}

export interface Checked {
  body: CreateModelConfigRequest;
  /** By the field's name as the server names it. */
  problems: Record<string, string>;
}

export function check(draft: ModelDraft, schema: ProviderSchema): Checked {
  const wire = wireOf(schema, draft.model.trim(), draft.settings.wire_api ?? "");
  const built = build(schema, wire, draft.settings);
  const problems: Record<string, string> = {};
  for (const [path, problem] of Object.entries(built.problems)) {
    problems[`model_config.${path}`] = problem;
  }
  const context = Number(draft.context);
  const threshold = percentOf(draft.threshold);
  if (draft.model.trim() === "") problems.model = "The provider’s name for the model.";
  if (!Number.isInteger(context) || context <= 0) problems.context_limit = "A number of tokens.";
  if (threshold === undefined) problems.compression_threshold = "Must be between 0 and 100.";
  return {
    problems,
    body: {
      provider: draft.provider,
      model: draft.model.trim(),
      display_name: draft.displayName.trim(),
      enabled: draft.enabled,
      // Only the choice of another default changes it.
      ...(draft.isDefault ? { is_default: true } : {}),
      context_limit: context,
      compression_threshold: threshold ?? 0,
      model_config: built.document,
    },
  };
}

// The settings of a model as a form: the server's schema says which fields there are, the form
// holds their texts by path, and what is sent is built from them.
import type { JsonValue, ProviderSchema, SettingField } from "@/api/generated/types";

/** Texts by path, such as `provider_options.openai.reasoning_effort`. Empty is "not set". */
export type Texts = Record<string, string>;

type Tree = { [key: string]: JsonValue };

export interface FieldAt {
  field: SettingField;
  path: string;
}

/** Prices and the choice of a format have fields of their own, outside of what is generated. */
const APART = new Set(["cost", "wire_api"]);
export const PRICES = ["input", "output", "cache_read", "cache_write"] as const;
export const pricePath = (name: string) => `cost.${name}_price_per_million_tokens`;

/** The format in which a model is asked. */
export function wireOf(schema: ProviderSchema, model: string, chosen: string): string {
  if (schema.wires.includes(chosen)) return chosen;
  const [first = ""] = schema.wires;
  if (schema.wires.length < 2) return first;
  const byName = schema.responses_prefixes.some((prefix) => model.startsWith(prefix));
  return byName ? "responses" : (schema.wires.find((wire) => wire !== "responses") ?? first);
}

/** The fields that a model asked in this format may have, each with its path. */
export function fieldsOf(schema: ProviderSchema, wire: string): FieldAt[] {
  const carried = (field: SettingField) => field.wires.includes(wire);
  const common = schema.fields.filter((field) => carried(field) && !APART.has(field.name));
  const below = `provider_options.${schema.options_key}`;
  return [
    ...common.map((field) => ({ field, path: field.name })),
    ...schema.options.filter(carried).map((field) => ({ field, path: `${below}.${field.name}` })),
  ].flatMap(leaves);
}

/** An object of known fields is a group of fields. */
function leaves({ field, path }: FieldAt): FieldAt[] {
  if (field.kind !== "object") return [{ field, path }];
  return (field.fields ?? []).flatMap((inner) =>
    leaves({ field: inner, path: `${path}.${inner.name}` }),
  );
}

function at(document: unknown, path: string): JsonValue | undefined {
  let here: unknown = document;
  for (const step of path.split(".")) {
    if (here === null || typeof here !== "object") return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here as JsonValue | undefined;
}

function put(document: Tree, path: string, value: JsonValue): void {
  const steps = path.split(".");
  const last = steps.pop() ?? path;
  let here = document;
  for (const step of steps) {
    const next = here[step];
    const tree: Tree =
      next && typeof next === "object" && !Array.isArray(next) ? (next as Tree) : {};
    here[step] = tree;
    here = tree;
  }
  here[last] = value;
}

function shown(value: JsonValue | undefined, field: SettingField): string {
  if (value === undefined || value === null) return "";
  if (field.kind === "objects" || field.kind === "json") return JSON.stringify(value, null, 2);
  if (Array.isArray(value)) return value.join("\n");
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, one]) => `${name} = ${String(one)}`)
      .join("\n");
  }
  return String(value);
}

/** The texts of a stored document. */
export function textsOf(schema: ProviderSchema, document: unknown): Texts {
  const texts: Texts = {};
  for (const wire of schema.wires) {
    for (const { field, path } of fieldsOf(schema, wire)) {
      const text = shown(at(document, path), field);
      if (text) texts[path] = text;
    }
  }
  for (const path of [...PRICES.map(pricePath), "wire_api"]) {
    const value = at(document, path);
    if (value !== undefined && value !== null) texts[path] = String(value);
  }
  return texts;
}

const lines = (text: string) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** What a text means, or why it means nothing. */
export function read(
  field: SettingField,
  text: string,
): { value: JsonValue } | { problem: string } {
  const { minimum, maximum, max_length: longest } = field;
  switch (field.kind) {
    case "flag":
      return { value: text === "true" };
    case "whole":
    case "number": {
      const number = Number(text);
      const whole = field.kind === "whole";
      if (!Number.isFinite(number) || (whole && !Number.isInteger(number))) {
        return { problem: whole ? "A whole number." : "A number." };
      }
      const low = minimum ?? Number.NEGATIVE_INFINITY;
      const high = maximum ?? Number.POSITIVE_INFINITY;
      if (number < low || number > high) return { problem: `Between ${low} and ${high}.` };
      return { value: number };
    }
    case "texts":
    case "choices":
    case "domains":
      return { value: lines(text) };
    case "text_map":
    case "number_map":
      return pairs(field, text);
    case "object":
    case "objects":
    case "json":
      try {
        return { value: JSON.parse(text) as JsonValue };
      } catch {
        return { problem: "This is no JSON." };
      }
    default:
      if (longest && text.length > longest) return { problem: `At most ${longest} characters.` };
      return { value: text };
  }
}

function pairs(field: SettingField, text: string): { value: JsonValue } | { problem: string } {
  const map: Tree = {};
  for (const line of lines(text)) {
    const middle = line.indexOf("=");
    if (middle < 1) return { problem: "One “name = value” per line." };
    const value = line.slice(middle + 1).trim();
    const number = Number(value);
    if (field.kind === "number_map" && (value === "" || !Number.isFinite(number))) {
      return { problem: `“${value}” is no number.` };
    }
    map[line.slice(0, middle).trim()] = field.kind === "number_map" ? number : value;
  }
  return { value: map };
}

export interface Built {
  document: Tree;
  /** By path. */
  problems: Record<string, string>;
}

/** The document that the texts describe. Fields that the format lacks are left out. */
export function build(schema: ProviderSchema, wire: string, texts: Texts): Built {
  const built: Built = { document: {}, problems: {} };
  for (const { field, path } of fieldsOf(schema, wire)) {
    const text = texts[path] ?? "";
    if (text.trim() === "") continue;
    const found = read(field, text);
    if ("problem" in found) built.problems[path] = found.problem;
    else put(built.document, path, found.value);
  }
  const chosen = texts.wire_api;
  if (chosen && schema.wires.length > 1) put(built.document, "wire_api", chosen);
  for (const path of PRICES.map(pricePath)) {
    const text = (texts[path] ?? "").trim();
    if (text === "") continue;
    // Money is sent as text: a float would change it.
    if (/^\d+(\.\d+)?$/.test(text)) put(built.document, path, text);
    else built.problems[path] = "A price such as 3.50.";
  }
  return built;
}

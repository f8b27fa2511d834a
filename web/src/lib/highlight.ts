// Syntax colours in five roles. Grammars are loaded on first need, from our own server, and
// run by the JavaScript regex engine: WebAssembly would need a weaker policy.
import type { HighlighterCore, LanguageRegistration } from "shiki/core";

export type Role = "" | "kw" | "fn" | "str" | "nu" | "com";

export interface Piece {
  text: string;
  role: Role;
}

type Grammar = () => Promise<{ default: LanguageRegistration[] }>;

const GRAMMARS: Record<string, Grammar> = {
  bash: () => import("shiki/langs/bash.mjs"),
  c: () => import("shiki/langs/c.mjs"),
  cpp: () => import("./grammars/cpp"),
  csharp: () => import("shiki/langs/csharp.mjs"),
  css: () => import("shiki/langs/css.mjs"),
  docker: () => import("shiki/langs/docker.mjs"),
  go: () => import("shiki/langs/go.mjs"),
  html: () => import("shiki/langs/html.mjs"),
  java: () => import("shiki/langs/java.mjs"),
  javascript: () => import("shiki/langs/javascript.mjs"),
  json: () => import("shiki/langs/json.mjs"),
  // It knows JSX as well.
  jsx: () => import("shiki/langs/javascript.mjs"),
  kotlin: () => import("shiki/langs/kotlin.mjs"),
  markdown: () => import("shiki/langs/markdown.mjs"),
  php: () => import("shiki/langs/php.mjs"),
  python: () => import("shiki/langs/python.mjs"),
  ruby: () => import("shiki/langs/ruby.mjs"),
  rust: () => import("shiki/langs/rust.mjs"),
  sql: () => import("shiki/langs/sql.mjs"),
  swift: () => import("./grammars/swift"),
  toml: () => import("shiki/langs/toml.mjs"),
  tsx: () => import("shiki/langs/tsx.mjs"),
  typescript: () => import("shiki/langs/typescript.mjs"),
  yaml: () => import("shiki/langs/yaml.mjs"),
};

const ALIASES: Record<string, string> = {
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  h: "c",
  cc: "cpp",
  hpp: "cpp",
  "c++": "cpp",
  cs: "csharp",
  dockerfile: "docker",
  golang: "go",
  htm: "html",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  kt: "kotlin",
  md: "markdown",
  py: "python",
  rb: "ruby",
  rs: "rust",
  ts: "typescript",
  mts: "typescript",
  yml: "yaml",
};

/** Longer code is shown without colours. */
const BYTES_MAX = 64 * 1024;

/** The language by its name in a fence, or null. */
export function languageNamed(name: string): string | null {
  const word =
    name
      .trim()
      .split(/[\s{,]/)[0]
      ?.toLowerCase() ?? "";
  const language = ALIASES[word] ?? word;
  return Object.hasOwn(GRAMMARS, language) ? language : null;
}

/** The language by a file's name, or null. */
export function languageOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return languageNamed(name.slice(name.lastIndexOf(".") + 1));
}

// A theme whose "colours" are our roles.
const RULES: [Role, string[]][] = [
  ["com", ["comment", "punctuation.definition.comment"]],
  ["str", ["string", "punctuation.definition.string", "markup.inline.raw"]],
  ["nu", ["constant.numeric", "constant.language", "constant.character"]],
  [
    "kw",
    [
      "keyword",
      "storage",
      "variable.language",
      "entity.name.tag",
      "punctuation.definition.heading",
    ],
  ],
  [
    "fn",
    [
      "entity.name.function",
      "support.function",
      "entity.name.type",
      "support.type",
      "entity.name.class",
    ],
  ],
];
const COLOURS: Role[] = ["", "com", "str", "nu", "kw", "fn"];
const colourOf = (role: Role) => `#00000${COLOURS.indexOf(role)}`;
const THEME = {
  name: "muster",
  type: "light" as const,
  colors: { "editor.foreground": colourOf(""), "editor.background": "#ffffff" },
  settings: RULES.map(([role, scope]) => ({ scope, settings: { foreground: colourOf(role) } })),
};

let core: Promise<HighlighterCore> | undefined;
const loaded = new Set<string>();

async function make(): Promise<HighlighterCore> {
  const [{ createHighlighterCore }, { createJavaScriptRegexEngine }] = await Promise.all([
    import("shiki/core"),
    import("shiki/engine/javascript"),
  ]);
  const engine = createJavaScriptRegexEngine({ forgiving: true });
  return createHighlighterCore({ themes: [THEME], langs: [], engine });
}

/** Lines of coloured pieces, or null where there is no grammar. */
export async function highlight(code: string, language: string): Promise<Piece[][] | null> {
  const grammar = GRAMMARS[language];
  if (!grammar || code.length > BYTES_MAX) return null;
  core ??= make();
  const highlighter = await core;
  if (!loaded.has(language)) {
    await highlighter.loadLanguage((await grammar()).default);
    loaded.add(language);
  }
  const lines = highlighter.codeToTokensBase(code, {
    lang: language === "jsx" ? "javascript" : language,
    theme: "muster",
    tokenizeMaxLineLength: 2_000,
  });
  return lines.map((line) =>
    line.map((token) => ({
      text: token.content,
      role: COLOURS[Number(token.color?.at(-1) ?? 0)] ?? "",
    })),
  );
}

// Which grammars of code go into the build: those that the UI names. Others come along because
// a language may hold pieces of them; they are left out, and C++ is our own small one.
import { basename, join } from "node:path";
import type { Plugin } from "vite";

const LEFT_OUT = ["graphql", "haml", "lua", "xml"];

/** The grammar of TSX knows all of JavaScript; both in full would be the same text twice. */
const JAVASCRIPT = `
import tsx from "shiki/langs/tsx.mjs";
const rules = JSON.parse(JSON.stringify(tsx.at(-1)).replaceAll(".tsx", ".js"));
export default [{ ...rules, name: "javascript", scopeName: "source.js", aliases: ["js"] }];
`;

export function grammars(source: string): Plugin {
  return {
    name: "muster-grammars",
    enforce: "pre",
    resolveId(id, from) {
      if (/^(shiki\/langs|\.)\/javascript\.mjs$/.test(id)) return "\0grammar:javascript";
      if (!from?.includes("/@shikijs/langs/")) return null;
      const name = basename(id, ".mjs");
      if (name === "cpp") return join(source, "src/lib/grammars/cpp.ts");
      return LEFT_OUT.includes(name) ? `\0grammar:${name}` : null;
    },
    load(id) {
      const name = id.startsWith("\0grammar:") ? id.slice("\0grammar:".length) : null;
      if (name === null) return null;
      if (name === "javascript") return JAVASCRIPT;
      // The highlighter insists on a grammar of this name, even if it says nothing.
      const none = { name, scopeName: `source.${name}`, patterns: [], repository: {} };
      return `export default [${JSON.stringify(none)}];`;
    },
  };
}

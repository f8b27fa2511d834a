// Which grammars of code go into the build: those that the UI names. Others come along because
// a language may hold pieces of them; they are left out, and C++ is our own small one.
import { basename, join } from "node:path";
import type { Plugin } from "vite";

const LEFT_OUT = ["graphql", "haml", "lua", "xml"];

/** The grammar of TSX knows all of both; each in full would be the same text three times. */
const OF_TSX: Record<string, string> = { javascript: "js", typescript: "ts" };

/** The names of what the language comes with, in thousands: a call is a call without them. */
const LISTS: Record<string, string> = { php: "support" };

function withoutList(code: string, list: string): string {
  const literal = /JSON\.parse\(("(?:[^"\\]|\\.)*")\)/.exec(code)?.[1];
  if (!literal) throw new Error("the grammar is written otherwise");
  const rules = JSON.parse(JSON.parse(literal));
  rules.repository[list] = { patterns: [] };
  return code.replace(literal, () => JSON.stringify(JSON.stringify(rules)));
}

const asTsx = (name: string, ending: string) => `
import tsx from "shiki/langs/tsx.mjs";
const rules = JSON.parse(JSON.stringify(tsx.at(-1)).replaceAll(".tsx", ".${ending}"));
export default [{ ...rules, name: "${name}", scopeName: "source.${ending}", aliases: ["${ending}"] }];
`;

export function grammars(source: string): Plugin {
  return {
    name: "muster-grammars",
    enforce: "pre",
    resolveId(id, from) {
      const scripted = /^(?:shiki\/langs|\.)\/(javascript|typescript)\.mjs$/.exec(id)?.[1];
      if (scripted) return `\0grammar:${scripted}`;
      if (!from?.includes("/@shikijs/langs/")) return null;
      const name = basename(id, ".mjs");
      if (name === "cpp") return join(source, "src/lib/grammars/cpp.ts");
      return LEFT_OUT.includes(name) ? `\0grammar:${name}` : null;
    },
    transform(code, id) {
      if (!id.includes("/@shikijs/langs/")) return null;
      const list = LISTS[basename(id, ".mjs")];
      return list ? { code: withoutList(code, list), map: null } : null;
    },
    load(id) {
      const name = id.startsWith("\0grammar:") ? id.slice("\0grammar:".length) : null;
      if (name === null) return null;
      const ending = OF_TSX[name];
      if (ending) return asTsx(name, ending);
      // The highlighter insists on a grammar of this name, even if it says nothing.
      const none = { name, scopeName: `source.${name}`, patterns: [], repository: {} };
      return `export default [${JSON.stringify(none)}];`;
    },
  };
}

// What a visit costs: the budgets of the UI, and how much of them is used. Pure.
import { gzipSync } from "node:zlib";

/** A file of the build, as far as budgets care. */
export interface Part {
  name: string;
  code: string | Uint8Array;
  /** The module that the chunk was made for, where there is one. */
  entry: string | null;
  /** Modules that are in it. */
  modules: string[];
  /** Files that are loaded with it. */
  imports: string[];
}

export interface Row {
  what: string;
  bytes: number;
  max: number;
}

const KB = 1_000;

/** Chunks by the end of the module they were made for; styles come with each. */
const VISITS: { what: string; entries: string[]; max: number }[] = [
  {
    what: "first load (shell, list, empty composer), gzip",
    entries: ["index.html", "src/pages/agents/new/page.tsx"],
    max: 250 * KB,
  },
  {
    what: "chat (markdown, virtual list, editor), gzip",
    entries: [
      "index.html",
      "src/pages/agents/chat/page.tsx",
      "src/components/composer/editor/editor.tsx",
    ],
    max: 350 * KB,
  },
];

/** What is loaded when it is needed, by the package that makes it heavy. */
const LAZY: { what: string; package: string; max: number }[] = [
  { what: "terminal, gzip", package: "@xterm/xterm", max: 90 * KB },
  { what: "diff, gzip", package: "@pierre/diffs", max: 90 * KB },
  { what: "charts, gzip", package: "recharts", max: 105 * KB },
  { what: "desktop, gzip", package: "@novnc/novnc", max: 90 * KB },
];

const ALL_MAX = 3_000 * KB;

function zipped(part: Part): number {
  return gzipSync(part.code, { level: 9 }).length;
}

function closure(parts: readonly Part[], names: readonly string[]): Part[] {
  const found = new Map<string, Part>();
  const visit = (name: string) => {
    const part = parts.find((one) => one.name === name);
    if (!part || found.has(name)) return;
    found.set(name, part);
    for (const other of part.imports) visit(other);
  };
  for (const name of names) visit(name);
  return [...found.values()];
}

/** A budget whose chunk is gone would never fail again: that is an error, too. */
function entryOf(parts: readonly Part[], entry: string): string {
  const part = parts.find((one) => one.entry?.endsWith(entry));
  if (!part) throw new Error(`no chunk was made for ${entry}`);
  return part.name;
}

export function rows(parts: readonly Part[]): Row[] {
  const styles = parts.filter((part) => part.name.endsWith(".css"));
  const visits = VISITS.map(({ what, entries, max }) => {
    const names = entries.map((entry) => entryOf(parts, entry));
    const loaded = [...closure(parts, names), ...styles];
    return { what, bytes: loaded.reduce((sum, part) => sum + zipped(part), 0), max };
  });
  const first = closure(parts, [entryOf(parts, "index.html")]).map((part) => part.name);
  const lazy = LAZY.flatMap(({ what, package: name, max }) => {
    const holds = (module: string) => module.includes(`/node_modules/${name}/`);
    const held = parts.filter((part) => part.modules.some(holds) && !first.includes(part.name));
    if (held.length === 0) return [];
    return [{ what, bytes: held.reduce((sum, part) => sum + zipped(part), 0), max }];
  });
  const all = parts.reduce((sum, part) => sum + Buffer.byteLength(part.code), 0);
  return [...visits, ...lazy, { what: "everything, uncompressed", bytes: all, max: ALL_MAX }];
}

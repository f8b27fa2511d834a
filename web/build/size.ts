// `npm run size`: builds without writing, and fails where a budget is exceeded.
import type { Plugin } from "vite";
import { type Part, rows } from "./sizes.ts";

export function size(): Plugin {
  return {
    name: "muster-size",
    apply: (_, { mode }) => mode === "size",
    config: () => ({ build: { write: false } }),
    generateBundle(_, bundle) {
      const parts = Object.values(bundle).map(
        (file): Part =>
          file.type === "chunk"
            ? {
                name: file.fileName,
                code: file.code,
                entry: file.facadeModuleId,
                modules: Object.keys(file.modules),
                imports: file.imports,
              }
            : {
                name: file.fileName,
                code: file.source,
                entry: null,
                modules: [],
                imports: [],
              },
      );
      const found = rows(parts);
      const kb = (bytes: number) => `${(bytes / 1_000).toFixed(1)} KB`.padStart(10);
      for (const { what, bytes, max } of found) {
        const mark = bytes > max ? "TOO LARGE" : "";
        console.log(`${kb(bytes)} of ${kb(max)}  ${what} ${mark}`);
      }
      const over = found.filter(({ bytes, max }) => bytes > max);
      if (over.length > 0) this.error(`over budget: ${over.map(({ what }) => what).join("; ")}`);
    },
  };
}

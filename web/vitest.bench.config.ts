import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** What is measured, never judged: `cargo xtask bench ui`, `cargo xtask bench first-run`. */
export default defineConfig({
  resolve: { alias: { "@": join(import.meta.dirname, "src") } },
  test: {
    include: ["e2e/perf/*.bench.ts"],
    disableConsoleIntercept: true,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});

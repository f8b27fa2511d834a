import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": join(import.meta.dirname, "src") } },
  test: {
    include: ["e2e/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // The machine may be busy with other builds.
    retry: Number(process.env.MUSTER_E2E_RETRIES ?? 1),
    fileParallelism: false,
    expect: { poll: { timeout: 15_000 } },
    reporters: ["default", "./e2e/kit/verdicts.ts"],
  },
});

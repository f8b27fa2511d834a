import { join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { finish } from "./build/finish.ts";
import { grammars } from "./build/grammars.ts";
import { size } from "./build/size.ts";

const here = import.meta.dirname;

export default defineConfig({
  plugins: [react(), tailwindcss(), grammars(here), finish(here), size()],
  resolve: { alias: { "@": join(here, "src") } },
  build: {
    target: "es2023",
    // Inlined assets would need `data:` sources in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: {
      "/api": { target: process.env.MUSTER_URL ?? "http://127.0.0.1:7080", ws: true },
    },
  },
  test: {
    // A page is slow to make: tests that need one say so.
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}", "build/**/*.test.ts"],
    restoreMocks: true,
    // The machine may be busy with other builds.
    testTimeout: 120_000,
  },
});

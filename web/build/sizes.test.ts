import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { type Part, rows } from "./sizes.ts";

/** Bytes that can't be compressed. */
function part(name: string, bytes: number, more: Partial<Part> = {}): Part {
  return { name, code: randomBytes(bytes), entry: null, modules: [], imports: [], ...more };
}

function build(...more: Part[]): Part[] {
  return [
    part("index.js", 10_000, { entry: "/w/index.html", imports: ["shared.js"] }),
    part("shared.js", 20_000),
    part("new.js", 1_000, {
      entry: "/w/src/pages/agents/new/page.tsx",
      imports: ["index.js", "shared.js"],
    }),
    part("chat.js", 2_000, {
      entry: "/w/src/pages/agents/chat/page.tsx",
      imports: ["index.js", "shared.js"],
    }),
    part("editor.js", 4_000, { entry: "/w/src/components/composer/editor/editor.tsx" }),
    part("index.css", 500),
    ...more,
  ];
}

function used(what: string, parts: Part[]): number {
  const found = rows(parts).find((row) => row.what.startsWith(what));
  // What zipping adds to bytes like these is a few dozen per file.
  return Math.round((found?.bytes ?? 0) / 1_000) * 1_000;
}

test("a visit costs what is loaded for it, and shared chunks once", () => {
  expect(used("first load", build())).toBe(32_000);
  expect(used("chat", build())).toBe(37_000);
});

test("a heavy package counts where it is loaded later", () => {
  const terminal = part("terminal.js", 50_000, {
    modules: ["/w/node_modules/@xterm/xterm/lib/xterm.mjs"],
  });
  expect(used("terminal", build(terminal))).toBe(50_000);
  expect(used("first load", build(terminal))).toBe(32_000);
  expect(rows(build()).some((row) => row.what.startsWith("terminal"))).toBe(false);
});

test("a page that has lost its chunk is no page of zero bytes", () => {
  const parts = build().filter((one) => one.name !== "chat.js");
  expect(() => rows(parts)).toThrow("src/pages/agents/chat/page.tsx");
});

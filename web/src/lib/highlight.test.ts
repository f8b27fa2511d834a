import { expect, test } from "vitest";
import { highlight } from "./highlight";

async function roles(code: string, language: string): Promise<Record<string, string>> {
  // A line has half a second, and on a busy machine the first one is spent on the grammar.
  await highlight(code, language);
  const lines = (await highlight(code, language)) ?? [];
  const words = lines.flat().filter((piece) => piece.role !== "");
  return Object.fromEntries(words.map((piece) => [piece.text.trim(), piece.role]));
}

test("C++ has its own words beside those of C", async () => {
  const found = await roles(
    'template <typename T> class Box { public: int n = 42; };\n// why\nauto s = R"(a "b")"; return nullptr;',
    "cpp",
  );
  expect(found).toMatchObject({
    template: "kw",
    "<typename": "kw",
    class: "kw",
    Box: "fn",
    public: "kw",
    int: "kw",
    "42": "nu",
    "// why": "com",
    return: "kw",
    nullptr: "nu",
  });
  expect(Object.keys(found).some((text) => text.includes('a "b"'))).toBe(true);
});

test("Ruby is coloured without the languages that it may hold", async () => {
  const found = await roles("def a\n  puts 'x' # why\nend", "ruby");
  expect(found).toMatchObject({ def: "kw", "'x'": "str", "# why": "com", end: "kw" });
});

test("PHP is coloured without the names of all its functions", async () => {
  const found = await roles("<?php function a($b) { return strlen('x'); } // why", "php");
  expect(found).toMatchObject({ function: "kw", return: "kw", strlen: "fn", "// why": "com" });
});

test("JSX is told by the grammar of JavaScript", async () => {
  const found = await roles('const a = <p className="x">hi</p>;', "jsx");
  expect(found).toMatchObject({ const: "kw", p: "kw" });
  const script = await roles("<script>let a = 'x';</script>", "html");
  expect(script).toMatchObject({ let: "kw", "'x'": "str" });
});

test("TypeScript is told by the grammar of TSX", async () => {
  const found = await roles(
    "export function f(a: string): number { return 1; } // why",
    "typescript",
  );
  expect(found).toMatchObject({
    export: "kw",
    function: "kw",
    f: "fn",
    "1": "nu",
    "// why": "com",
  });
});

test("Swift has its own small grammar", async () => {
  const found = await roles(
    'func greet(_ name: String) -> Int { /* a /* b */ */ return 42 }\nlet s = "hi"',
    "swift",
  );
  expect(found).toMatchObject({ func: "kw", greet: "fn", return: "kw", "42": "nu", '"hi"': "str" });
  expect(Object.keys(found)).toContain("/* a /* b */ */");
});

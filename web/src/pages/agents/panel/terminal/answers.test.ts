import { expect, it } from "vitest";
import { asLink, findAbove, isAnswer, linksIn } from "./answers";

it("tells answers of the terminal from what is typed", () => {
  const answers = [
    "\x1b[?1;2c",
    "\x1b[>0;276;0c",
    "\x1b[12;40R",
    "\x1b[0n",
    "\x1b[?2026;2$y",
    "\x1b]11;rgb:1414/1818/1e1e\x1b\\",
    "\x1b]10;rgb:e7e7/e3e3/dada\x07",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1b[?1;2c\x1b[0n",
  ];
  for (const answer of answers) expect(isAnswer(answer), JSON.stringify(answer)).toBe(true);
  const typed = [
    "a",
    "\r",
    "\x1b",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bOP",
    "\x03",
    "ls\r",
    "\x1b[200~x\x1b[201~",
  ];
  for (const keys of typed) expect(isAnswer(keys), JSON.stringify(keys)).toBe(false);
});

it("takes nothing but web addresses for links", () => {
  expect(asLink("https://example.com/x")?.host).toBe("example.com");
  for (const text of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "no link"]) {
    expect(asLink(text)).toBeUndefined();
  }
});

it("finds addresses in a line without the signs around them", () => {
  const check = (line: string, expected: string[]) => {
    const found = linksIn(line);
    expect(found.map((one) => one.text)).toEqual(expected);
    for (const { text, from, to } of found) expect(line.slice(from, to)).toBe(text);
  };
  check("see https://example.com/a?b=c.", ["https://example.com/a?b=c"]);
  check("(http://localhost:3000/) and https://x.org, too", [
    "http://localhost:3000/",
    "https://x.org",
  ]);
  check("ftp://example.com javascript:alert(1)", []);
});

it("finds a text above, and goes round", () => {
  const rows = ["one Two", "three", "two four"];
  const lines = { count: rows.length, text: (at: number) => rows[at] ?? "" };
  expect(findAbove(lines, "two", 3)).toEqual({ line: 2, column: 0 });
  expect(findAbove(lines, "two", 2)).toEqual({ line: 0, column: 4 });
  expect(findAbove(lines, "two", 0)).toEqual({ line: 2, column: 0 });
  expect(findAbove(lines, "five", 3)).toBeUndefined();
  expect(findAbove(lines, "", 3)).toBeUndefined();
});

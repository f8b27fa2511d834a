import { expect, test } from "vitest";
import { ansi, withoutAnsi } from "./ansi";

test("colours and styles become looks", () => {
  expect(ansi("a\u001b[32mok\u001b[0m b\u001b[1;31mno\u001b[22;39m.")).toEqual([
    { text: "a", look: "" },
    { text: "ok", look: "ansi-good" },
    { text: " b", look: "" },
    { text: "no", look: "ansi-bad ansi-bold" },
    { text: ".", look: "" },
  ]);
});

test("extended colours are skipped with their arguments", () => {
  expect(ansi("\u001b[38;5;196mx\u001b[48;2;1;2;3my\u001b[0m")).toEqual([{ text: "xy", look: "" }]);
});

test.each([
  ["\u001b[2J\u001b[10;5Hhome", "home"],
  ["\u001b]0;title\u0007text", "text"],
  ["\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["\u001b[6nquery\u001b[c", "query"],
  ["bell\u0007", "bell"],
  ["\u001bP1;2|x\u001b\\dcs", "dcs"],
  ["10%\r50%\r100%\ndone", "100%\ndone"],
  ["line\r\nnext\r\n", "line\nnext\n"],
  ["cut \u001b[3", "cut "],
  ["\u001b]52;c;aGk=\u0007clip", "clip"],
])("%j shows as %j", (raw, shown) => {
  expect(withoutAnsi(raw)).toBe(shown);
});

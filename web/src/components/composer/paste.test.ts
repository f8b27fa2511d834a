// @vitest-environment jsdom
import { expect, test } from "vitest";
import { isLong, isPasted, pasted, pastedName } from "./paste";

const NONE = { text: "", html: "", files: [] };
const IMAGE = new File(["x"], "image.png", { type: "image/png" });

test("text is long from 2,001 characters or 41 lines on", () => {
  expect(isLong("a".repeat(2_000))).toBe(false);
  expect(isLong("a".repeat(2_001))).toBe(true);
  // Characters, not halves of them.
  expect(isLong("😀".repeat(2_000))).toBe(false);
  expect(isLong("😀".repeat(2_001))).toBe(true);
  expect(isLong("a\n".repeat(39))).toBe(false);
  expect(isLong("a\n".repeat(40))).toBe(true);
});

test("a pasted text is named by the clock on the wall", () => {
  const name = pastedName(new Date(2026, 10, 2, 4, 2, 9));
  expect(name).toBe("pasted-text-2026-11-02-04-02-09.txt");
  expect(isPasted(name)).toBe(true);
  expect(isPasted("pasted-text-today.txt")).toBe(false);
});

test("rich text becomes plain", () => {
  expect(pasted({ ...NONE, text: "bold\r\nmove", html: "<b>bold</b>" })).toEqual({
    kind: "text",
    text: "bold\nmove",
  });
  expect(pasted({ ...NONE, html: "<p>only <i>rich</i></p>" })).toEqual({
    kind: "text",
    text: "only rich",
  });
});

test("a picture is attached, a picture of a copied document is not", () => {
  expect(pasted({ ...NONE, files: [IMAGE] }).kind).toBe("files");
  expect(pasted({ ...NONE, html: "<img src=x>", files: [IMAGE] }).kind).toBe("files");
  expect(pasted({ text: "words", html: "<p>words</p>", files: [IMAGE] }).kind).toBe("text");
  // A file manager gives the path beside the file.
  expect(pasted({ ...NONE, text: "/home/a.png", files: [IMAGE] }).kind).toBe("files");
});

test("long text is kept whole for a file", () => {
  const text = "line\n".repeat(60);
  expect(pasted({ ...NONE, text })).toEqual({ kind: "long", text });
});

test("nothing is pasted from nothing", () => {
  expect(pasted(NONE).kind).toBe("nothing");
});

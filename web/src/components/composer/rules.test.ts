import { expect, test } from "vitest";
import { linkedPrompt, linkedWords } from "@/pages/agents/new/linked-prompt";
import { labelOf } from "../labels/labels";
import type { Attachment } from "./attachment";
import { bodyOf } from "./content";
import { meaning, type Press } from "./editor/keys";
import { CHARS_MAX } from "./limits";
import { FILE_BYTES_MAX, mediaTypeOf, refusal } from "./media";
import { obstacle } from "./readiness";

const PRESS: Press = {
  key: "Enter",
  shift: false,
  alt: false,
  mod: false,
  composing: false,
  touch: false,
  empty: false,
};

test("Enter sends, and with Shift, on a touch keyboard or by preference it does not", () => {
  expect(meaning(PRESS, "enter")).toBe("send");
  expect(meaning({ ...PRESS, mod: true }, "enter")).toBe("send");
  expect(meaning({ ...PRESS, shift: true }, "enter")).toBeNull();
  expect(meaning({ ...PRESS, touch: true }, "enter")).toBeNull();
  expect(meaning(PRESS, "mod_enter")).toBeNull();
  expect(meaning({ ...PRESS, mod: true }, "mod_enter")).toBe("send");
});

test("a key that ends a composition is not ours", () => {
  for (const key of ["Enter", "Escape", "ArrowUp"]) {
    expect(meaning({ ...PRESS, key, composing: true, empty: true }, "enter")).toBeNull();
  }
});

test("ArrowUp recalls only in the empty field", () => {
  const up = { ...PRESS, key: "ArrowUp" };
  expect(meaning(up, "enter")).toBeNull();
  expect(meaning({ ...up, empty: true }, "enter")).toBe("recall");
  expect(meaning({ ...up, empty: true, shift: true }, "enter")).toBeNull();
});

test("files are judged by their name first, then by what the system says", () => {
  expect(mediaTypeOf("a.PNG", "")).toBe("image/png");
  expect(mediaTypeOf("main.ts", "video/mp2t")).toBe("text/plain");
  expect(mediaTypeOf("README.md", "")).toBe("text/markdown");
  expect(mediaTypeOf("blob", "image/webp")).toBe("image/webp");
  expect(mediaTypeOf("a.svg", "image/svg+xml")).toBeNull();
  expect(mediaTypeOf("a.html", "text/html")).toBeNull();
  expect(mediaTypeOf("a.zip", "application/zip")).toBeNull();
});

test("what is too large, empty or of no known type is refused before it is sent", () => {
  expect(refusal("a.png", "image/png", FILE_BYTES_MAX)).toBeNull();
  expect(refusal("a.png", "image/png", FILE_BYTES_MAX + 1)).toBe("is over 10 MiB");
  expect(refusal("a.png", "image/png", 0)).toBe("is empty");
  expect(refusal("a.exe", "", 1)).toContain("not taken");
});

const DONE: Attachment = {
  id: "a1",
  name: "a.png",
  mediaType: "image/png",
  size: 1,
  state: "done",
  progress: 1,
  error: null,
  fileId: "f1",
  blob: null,
  picture: null,
};

test("a message goes when there is something in it and every file has arrived", () => {
  const of = (text: string, ...states: Attachment["state"][]) =>
    obstacle({
      body: bodyOf(text),
      attachments: states.map((state) => ({ ...DONE, state })),
      tooLongToKeep: false,
    });
  expect(of(" ")).toBe("empty");
  expect(of("x")).toBeNull();
  expect(of("", "done")).toBeNull();
  expect(of("x", "done", "uploading")).toBe("uploading");
  expect(of("x", "failed", "uploading")).toBe("failed");
  expect(of("x".repeat(CHARS_MAX))).toBeNull();
  expect(of("x".repeat(CHARS_MAX + 1))).toBe("long");
});

test("words of a link are cleaned and cut, and both are said", () => {
  expect(linkedPrompt("fix\u200bit\u202e")).toEqual({ text: "fixit", removed: 2, cut: false });
  expect(linkedWords(linkedPrompt("a\u200bb"))).toContain("1 invisible character was removed.");
  expect(linkedWords(linkedPrompt("ab"))).toBe(
    "This text came from a link. Review it before sending.",
  );
  const full = "é".repeat(16 * 1024);
  expect(linkedPrompt(full)).toEqual({ text: full, removed: 0, cut: false });
  // The cut goes through the last character, which is left out.
  const over = linkedPrompt(`x${full}`);
  expect(over.cut).toBe(true);
  expect(over.text).toBe(`x${"é".repeat(16 * 1024 - 1)}`);
  expect(linkedWords(over)).toContain("cut at 32 KiB");
});

test("a label is split at its first colon", () => {
  expect(labelOf("team:billing")).toEqual(["team", "billing"]);
  expect(labelOf(" url : http://x ")).toEqual(["url", "http://x"]);
  for (const wrong of ["team", "team:", ":billing", ""]) expect(labelOf(wrong)).toBeNull();
});

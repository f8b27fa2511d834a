import { expect, test } from "vitest";
import {
  type Body,
  bodyOf,
  contentOf,
  type FileReference,
  inputParts,
  isBlank,
  joined,
  messageParts,
  referenceName,
  sizeOf,
  wordsOfBody,
} from "./content";

const REFERENCE: FileReference = {
  file_name: "crates/invoices/src/split.rs",
  start_line: 18,
  end_line: 25,
  content: "let a = 1;\nlet b = 2;",
};
const BODY: Body = [
  { kind: "text", text: "Look at " },
  { kind: "reference", reference: REFERENCE },
  { kind: "text", text: " and mend it.\n" },
];
const FILE = { fileId: "f1", name: "a.png", mediaType: "image/png", size: 12 };
const lookup = (id: string) => (id === "f1" ? { name: "a.png", size: 12 } : undefined);

test("references stand in their place among the words, files before them", () => {
  expect(inputParts({ body: BODY, files: [FILE] })).toEqual([
    { type: "file", file_id: "f1" },
    { type: "text", text: "Look at" },
    { type: "file-reference", ...REFERENCE },
    { type: "text", text: "and mend it." },
  ]);
});

test("a message of files alone has no empty text", () => {
  expect(inputParts({ body: bodyOf("  \n"), files: [FILE] })).toEqual([
    { type: "file", file_id: "f1" },
  ]);
});

test("what was sent can be edited again, chips and all", () => {
  const back = contentOf(messageParts({ body: BODY, files: [FILE] }), lookup);
  expect(wordsOfBody(back.body)).toBe("Look at split.rs:18-25 and mend it.");
  expect(back.body.filter((piece) => piece.kind === "reference")).toEqual([BODY[1]]);
  expect(back.files).toEqual([FILE]);
  expect(inputParts(back)).toEqual(inputParts({ body: BODY, files: [FILE] }));
});

test("two texts of one message are two paragraphs", () => {
  const parts = [
    { type: "text", text: "one" },
    { type: "text", text: "two" },
  ] as const;
  expect(contentOf(parts, lookup).body).toEqual(bodyOf("one\n\ntwo"));
});

test("a file that nobody knows keeps its type as a name", () => {
  const { files } = contentOf(
    [{ type: "file", media_type: "application/pdf", file_id: "f2" }],
    lookup,
  );
  expect(files[0]?.name).toBe("application/pdf");
});

test("what comes back stands before what was written meanwhile", () => {
  expect(joined(bodyOf("old"), bodyOf("new"))).toEqual(bodyOf("old\n\nnew"));
  expect(joined(bodyOf("old"), bodyOf(" "))).toEqual(bodyOf("old"));
  expect(joined([], bodyOf("new"))).toEqual(bodyOf("new"));
});

test("a reference is named by its file and its lines", () => {
  expect(referenceName(REFERENCE)).toBe("split.rs:18-25");
  expect(referenceName({ ...REFERENCE, end_line: 18 })).toBe("split.rs:18");
});

test("a reference alone is a message, and its lines count", () => {
  const alone: Body = [{ kind: "reference", reference: REFERENCE }];
  expect(isBlank(alone)).toBe(false);
  expect(isBlank(bodyOf(" \n"))).toBe(true);
  expect(sizeOf(alone)).toBe(REFERENCE.content.length);
});

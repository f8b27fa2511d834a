import type { Token } from "marked";
import { expect, test } from "vitest";
import { HOSTILE } from "@/test/hostile";
import { GrowingMarkdown } from "./growing-markdown";
import { blocks, openBlocks } from "./markdown";

const ANSWER = `Here is *what* I found.
It is **one** paragraph.

# Where

Setext
======

- one
- two
  - deeper

  still two

1. first
2. second

> quoted
lazily

| a | b |
|---|--:|
| 1 | 2 |

\`\`\`rust
fn main() {

    let open = "# no heading";
}
\`\`\`

    indented

    code

<div>
raw
</div>

---

[link](https://docs.example/x) and \`code\`

last words
`;

const pieces = (text: string, size: number): string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(0, (at + 1) * size));

const shape = (tokens: readonly Token[]) => tokens.map(({ type, raw }) => [type, raw.trimEnd()]);

test.each([1, 3, 17])("reads a text that grows by %i as the whole of it", (size) => {
  const growing = new GrowingMarkdown();
  for (const text of pieces(ANSWER, size)) {
    expect(shape(growing.blocks(text)), text).toEqual(shape(openBlocks(text)));
  }
});

test("hostile texts that grow end as what they are at once", () => {
  for (const text of HOSTILE) {
    const growing = new GrowingMarkdown();
    let last: Token[] = [];
    for (const part of pieces(text, 2)) last = growing.blocks(part);
    expect(shape(last), text).toEqual(shape(openBlocks(text)));
  }
});

test("finished blocks are the same objects ever after", () => {
  const growing = new GrowingMarkdown();
  const before = growing.blocks("one\n\ntwo\n\nthree\n\nfour");
  const after = growing.blocks("one\n\ntwo\n\nthree\n\nfour\n\nfive");
  expect(after[0]).toBe(before[0]);
  expect(after[1]).toBe(before[1]);
});

test("another text starts anew", () => {
  const growing = new GrowingMarkdown();
  growing.blocks("one\n\ntwo\n\nthree\n\nfour");
  expect(shape(growing.blocks("other"))).toEqual(shape(blocks("other")));
});

test("a definition is known to the words behind it", () => {
  const growing = new GrowingMarkdown();
  const text = "[docs]: https://docs.example/\n\none\n\ntwo\n\nsee [docs] there";
  let last: Token[] = [];
  for (const part of pieces(text, 1)) last = growing.blocks(part);
  expect(JSON.stringify(last.at(-1))).toContain('"href":"https://docs.example/"');
});

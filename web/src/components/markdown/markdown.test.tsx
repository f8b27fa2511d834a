// @vitest-environment jsdom
import { cleanup, render } from "@testing-library/react";
import { afterEach, describe, expect, test } from "vitest";
import { expectHarmless } from "@/test/harmless";
import { HOSTILE } from "@/test/hostile";
import { Markdown } from "./markdown";

afterEach(cleanup);

function show(text: string, live = false): HTMLElement {
  return render(<Markdown text={text} live={live} />).container;
}

test("the corpus is large enough", () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(200);
});

test.each([false, true])("no hostile text does anything (live: %s)", (live) => {
  for (const text of HOSTILE) {
    expectHarmless(show(text, live), text);
    cleanup();
  }
});

describe("markdown", () => {
  test("raw HTML is shown as it is written", () => {
    expect(show("a <b>bold</b> move").textContent).toBe("a <b>bold</b> move");
    expect(show("<div>\nblock\n</div>").textContent).toContain("<div>");
  });

  test("an image becomes a chip that names its host", () => {
    const root = show("![map](https://evil.example/a.png?q=secret)");
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toContain("map from evil.example");
  });

  test("links elsewhere say where they lead and take nothing along", () => {
    const link = show("[docs](https://docs.example/x)").querySelector("a");
    expect(link?.rel).toBe("noopener noreferrer nofollow");
    expect(link?.target).toBe("_blank");
    expect(show("[https://good.example](https://evil.example)").textContent).toContain(
      "(leads to evil.example)",
    );
    expect(show("[good.example](https://www.good.example/)").textContent).toBe("good.example");
  });

  test("references are decoded in words and not in code", () => {
    expect(show("a &amp; b").textContent).toBe("a & b");
    expect(show("`a &amp; b`").textContent).toBe("a &amp; b");
  });

  test("an unfinished fence and an unfinished word stay stable", () => {
    expect(show("```rust\nfn main", true).querySelector("pre")?.textContent).toContain("fn main");
    expect(show("so **bol", true).querySelector("strong")?.textContent).toBe("bol");
  });

  test("deceiving characters are written out", () => {
    expect(show("a\u202eb").textContent).toBe("a⟨U+202E⟩b");
  });
});

import { expect } from "vitest";

const FORBIDDEN =
  "script, iframe, object, embed, form, base, link, meta, style, video, audio, img, math, template";

const HREF = /^(https?:|mailto:|\/(?![/\\])|#)/i;

function isBad(name: string, value: string): boolean {
  if (name.startsWith("on")) return true;
  if (name === "src" || name === "srcset" || name === "srcdoc") return true;
  if (name === "href") return !HREF.test(value);
  return name === "style" && /url|position/i.test(value);
}

/** Nothing in these elements runs, loads or leads anywhere it must not. */
export function expectHarmless(root: Element, text: string): void {
  // Our own glyphs are the only drawings.
  const found = [...root.querySelectorAll(`${FORBIDDEN}, svg:not(.i)`)].map((one) => one.tagName);
  for (const element of root.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (isBad(name, value)) found.push(`${name}=${value}`);
    }
  }
  if ("pwned" in globalThis || "pwned" in {}) found.push("it ran");
  expect({ text: text.slice(0, 120), found }).toEqual({ text: text.slice(0, 120), found: [] });
}

// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import { copyText } from "./copy";

afterEach(() => {
  document.body.innerHTML = "";
});

/** jsdom has neither a clipboard nor this command, as a page without HTTPS has no clipboard. */
function browser(copies: boolean): string[] {
  const copied: string[] = [];
  document.execCommand = vi.fn(() => {
    const field = document.activeElement;
    if (copies && field instanceof HTMLTextAreaElement) copied.push(field.value);
    return copies;
  });
  return copied;
}

test("without a clipboard it is copied from a field inside the dialog that has the focus", async () => {
  document.body.innerHTML = '<div role="dialog"><button type="button">Copy</button></div>';
  const button = document.querySelector("button");
  button?.focus();
  const copied = browser(true);
  await copyText("a secret");
  expect(copied).toEqual(["a secret"]);
  expect(document.activeElement).toBe(button);
  expect(document.querySelector("textarea")).toBeNull();
});

test("a refusal is a failure that can be said", async () => {
  browser(false);
  await expect(copyText("x")).rejects.toThrow();
  expect(document.querySelector("textarea")).toBeNull();
});

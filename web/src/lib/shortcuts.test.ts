// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { useDevice } from "./device";
import { isTyping, pressed, SHORTCUTS } from "./shortcuts";

afterEach(() => {
  document.body.replaceChildren();
});

function press(key: string, options: KeyboardEventInit = {}, target: Element = document.body) {
  let name: string | null = null;
  const listen = (event: Event) => {
    name = pressed(event as KeyboardEvent);
  };
  target.addEventListener("keydown", listen, { once: true });
  target.dispatchEvent(new KeyboardEvent("keydown", { key, ...options }));
  return name;
}

test("letters act only outside of fields, dialogs and menus", () => {
  expect(press("n")).toBe("n");
  const field = document.body.appendChild(document.createElement("textarea"));
  expect(isTyping(field)).toBe(true);
  expect(press("n", {}, field)).toBeNull();
  expect(press("k", { ctrlKey: true }, field)).toBe("Ctrl K");
  expect(press(".", { metaKey: true }, field)).toBe("Ctrl .");
  const dialog = document.body.appendChild(document.createElement("div"));
  dialog.setAttribute("role", "dialog");
  expect(press("n")).toBeNull();
});

test("letters can be switched off, and the other keys stay", () => {
  useDevice.setState({ letters: false });
  expect(press("x")).toBeNull();
  expect(press("F6")).toBe("F6");
  expect(press("k", { ctrlKey: true })).toBe("Ctrl K");
  useDevice.setState({ letters: true });
  expect(press("x")).toBe("x");
});

test("no key is given twice", () => {
  const keys = SHORTCUTS.map((one) => one.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

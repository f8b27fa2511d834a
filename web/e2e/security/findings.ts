// What hostile texts may not do to a page, wherever on it they stand.
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Tab } from "../harness";

export interface Size {
  width: number;
  height: number;
}

/** Notes what a page asks of the person, and where it leads them. */
export function guard({ page, context, trouble }: Tab): void {
  page.on("dialog", (dialog) => {
    trouble.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("page", (opened) => trouble.push(`a window opened: ${opened.url()}`));
}

/** What is wrong with the page as it stands, and with what floats above it. */
export function findings(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const brief = (one: Element) => one.outerHTML.slice(0, 200);
    if ("pwned" in globalThis || "pwned" in {}) found.push("a script ran");
    const forbidden =
      "script, iframe, object, embed, form[action], base, link, meta, video, audio, math";
    // Menus, dialogs and tooltips stand beside `main`; the page's own script is in the head.
    for (const one of document.body.querySelectorAll(forbidden)) found.push(brief(one));
    // Written out where they are shown or read aloud; in a field they are the person's own.
    const hidden = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;
    // What the page itself made of a person's file, to be saved.
    const isOwn = (one: Element, address: string) =>
      one.hasAttribute("download") && address.startsWith(`blob:${location.origin}/`);
    for (const one of document.querySelectorAll("*")) {
      for (const { name, value } of one.attributes) {
        const isKnown = /^(https?:|mailto:|[#/?]|$)/i.test(value) || isOwn(one, value);
        const leads = name === "href" && !isKnown;
        const loads = name === "src" && !/^(\/|blob:|data:image\/(png|jpeg|gif|webp))/.test(value);
        const hides = name !== "value" && hidden.test(value);
        if (name.startsWith("on") || name === "srcdoc" || leads || loads || hides) {
          found.push(`${one.tagName} ${name}=${value.slice(0, 120)}`);
        }
      }
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { nodeValue, parentElement } = texts.currentNode;
      if (!hidden.test(nodeValue ?? "")) continue;
      found.push(`a character that can't be seen: ${parentElement && brief(parentElement)}`);
    }
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push("the page scrolls sideways");
    for (const one of document.querySelectorAll("main .column > *, main .composer")) {
      const { left, right } = one.getBoundingClientRect();
      const isOutside = right > innerWidth + 1 || left < -1;
      if (isOutside) found.push(`outside of the page: ${brief(one)}`);
    }
    const dock = document.querySelector(".dock")?.getBoundingClientRect();
    if (dock && dock.bottom > innerHeight + 1) found.push("the composer was pushed out");
    const floating = "[data-radix-popper-content-wrapper] > *, [role=dialog]";
    for (const one of document.querySelectorAll(floating)) {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      const isInside = left > -1 && right < innerWidth + 1 && top > -1 && bottom < innerHeight + 1;
      if (!isInside) found.push(`outside of the window: ${brief(one)}`);
      for (const part of [one, ...one.querySelectorAll("*")]) {
        const isCut = /hidden|clip/.test(getComputedStyle(part).overflowX);
        const isWide = part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1;
        if (isWide && !isCut) found.push(`wider than its place: ${brief(part)}`);
      }
    }
    return found;
  });
}

/** Looks at the page as it is, or on each of the sizes. */
export async function inspect(page: Page, what: string, sizes?: readonly Size[]): Promise<void> {
  for (const size of sizes ?? [page.viewportSize()]) {
    if (sizes && size) await page.setViewportSize(size);
    // Floating things are placed anew after the next frame.
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    expect({ what, size, found: await findings(page) }).toEqual({ what, size, found: [] });
  }
}

// What the browser says about its own speed.
import type { Page } from "playwright-core";

export interface Frames {
  /** Milliseconds between frames, ascending. */
  p95: number;
  worst: number;
  perSecond: number;
}

/** Notes every frame's length from now on. */
export async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const frames: number[] = [];
    Object.assign(globalThis, { frames });
    let before = performance.now();
    const next = (now: number) => {
      frames.push(now - before);
      before = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
}

/** The frames since they were watched, or since they were last taken. */
export async function takeFrames(page: Page): Promise<Frames> {
  const taken = await page.evaluate(() => {
    const { frames } = globalThis as unknown as { frames: number[] };
    return frames.splice(0);
  });
  const all = taken.slice(1).sort((a, b) => a - b);
  const sum = all.reduce((total, one) => total + one, 0);
  return {
    p95: quantile(all, 0.95),
    worst: all.at(-1) ?? 0,
    perSecond: (all.length / Math.max(sum, 1)) * 1_000,
  };
}

/** Of ascending numbers. */
export function quantile(all: readonly number[], share: number): number {
  return all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0;
}

/** Milliseconds from the start of the navigation until an element shows these words. */
export async function firstPaint(page: Page, path: string, selector: string): Promise<number> {
  await page.goto("about:blank");
  await page.goto(path, { waitUntil: "commit" });
  return page.evaluate(
    (selector) =>
      new Promise<number>((done) => {
        const look = () => {
          const one = document.querySelector(selector);
          const isSeen = one && one.getBoundingClientRect().height > 0 && one.checkVisibility();
          // One frame later it has been painted.
          if (isSeen) requestAnimationFrame((now) => done(now));
          else requestAnimationFrame(look);
        };
        look();
      }),
    selector,
  );
}

/** Megabytes of the page's own objects, after what is garbage has gone. */
export async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize / 1_000_000;
}

/** Milliseconds from each key to the frame that shows it, ascending; shorter ones count as 16. */
export async function keystrokes(page: Page, words: string, pauseMs: number): Promise<number[]> {
  await page.evaluate(() => {
    const keys: number[] = [];
    Object.assign(globalThis, { keys });
    new PerformanceObserver((list) => {
      for (const one of list.getEntries()) if (one.name === "keydown") keys.push(one.duration);
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
  await page.keyboard.type(words, { delay: pauseMs });
  const slow = await page.evaluate(() => (globalThis as unknown as { keys: number[] }).keys);
  const quick = Array.from({ length: Math.max(0, words.length - slow.length) }, () => 16);
  return [...quick, ...slow].sort((a, b) => a - b);
}

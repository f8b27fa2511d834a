import { useCallback, useRef } from "react";

/** So near to the end counts as being there. */
export const NEAR_END_PX = 80;

/** Text that is being marked must not run away. */
function isSelecting(box: HTMLElement): boolean {
  const selection = document.getSelection();
  return selection?.type === "Range" && box.contains(selection.anchorNode);
}

const UP_KEYS = ["ArrowUp", "PageUp", "Home"];

export interface Follow {
  /** For the element that scrolls. */
  scroller: (element: HTMLElement | Window | null) => void;
  /** To be called when the content has become longer or shorter. */
  onHeight: () => void;
  /** Lets go of the end: the view is to be somewhere else. */
  release: () => void;
}

/**
 * Keeps the end in view from when the person is there until they scroll up, whatever grows:
 * the last row, a notice below it, or all rows because the window has become narrower.
 */
export function useFollow(): Follow {
  const element = useRef<HTMLElement | null>(null);
  const pinned = useRef(true);
  /** Where this code has put the view, until the event of that has come. */
  const placed = useRef(-1);
  const held = useRef(false);
  const stop = useRef<() => void>(() => {});

  const onHeight = useCallback(() => {
    const box = element.current;
    if (!box || !pinned.current || held.current || isSelecting(box)) return;
    const before = box.scrollTop;
    box.scrollTop = box.scrollHeight;
    if (box.scrollTop !== before) placed.current = box.scrollTop;
  }, []);
  const scroller = useCallback(
    (box: HTMLElement | Window | null) => {
      stop.current();
      if (!(box instanceof HTMLElement)) return;
      element.current = box;
      let before = box.scrollTop;
      const onScroll = () => {
        const left = box.scrollHeight - box.scrollTop - box.clientHeight;
        const up = box.scrollTop < before;
        const own = box.scrollTop === placed.current;
        before = box.scrollTop;
        placed.current = -1;
        if (own) return;
        if (!up) pinned.current ||= left <= NEAR_END_PX;
        // At the very end it was the content that has become shorter.
        else if (left > 1) pinned.current = false;
      };
      // Before anything has moved: words that pour in would take the first bit back.
      const onUp = () => {
        if (box.scrollTop > 0) pinned.current = false;
      };
      const onWheel = (event: WheelEvent) => event.deltaY < 0 && onUp();
      const onKey = (event: KeyboardEvent) => UP_KEYS.includes(event.key) && onUp();
      // What a finger lies on stays there.
      const onTouch = (event: TouchEvent) => {
        held.current = event.touches.length > 0;
        onHeight();
      };
      // The composer grows, a keyboard opens.
      const resized = new ResizeObserver(onHeight);
      resized.observe(box);
      const leaves = new AbortController();
      const way = { passive: true, signal: leaves.signal };
      box.addEventListener("scroll", onScroll, way);
      box.addEventListener("wheel", onWheel, way);
      box.addEventListener("keydown", onKey, way);
      for (const name of ["touchstart", "touchend", "touchcancel"] as const) {
        box.addEventListener(name, onTouch, way);
      }
      stop.current = () => {
        leaves.abort();
        resized.disconnect();
      };
    },
    [onHeight],
  );
  const release = useCallback(() => {
    pinned.current = false;
  }, []);
  return { scroller, onHeight, release };
}

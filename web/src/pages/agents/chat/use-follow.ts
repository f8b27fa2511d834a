import { useCallback, useRef } from "react";

/** So near to the end counts as being there. */
export const NEAR_END_PX = 80;

/** Text that is being marked must not run away. */
function isSelecting(): boolean {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.type === "Range";
}

export interface Follow {
  /** For the element that scrolls. */
  scroller: (element: HTMLElement | Window | null) => void;
  /** To be called when the content has become longer or shorter. */
  onHeight: () => void;
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
  const stop = useRef<() => void>(() => {});

  const follows = useCallback(() => pinned.current && !isSelecting(), []);
  const onHeight = useCallback(() => {
    const box = element.current;
    if (!box || !follows()) return;
    const before = box.scrollTop;
    box.scrollTop = box.scrollHeight;
    if (box.scrollTop !== before) placed.current = box.scrollTop;
  }, [follows]);
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
        if (left <= NEAR_END_PX) pinned.current ||= !up;
        else if (up) pinned.current = false;
      };
      // Before it has moved anything: words that pour in would take the first bit back.
      const onWheel = (event: WheelEvent) => {
        if (event.deltaY < 0 && box.scrollTop > 0) pinned.current = false;
      };
      box.addEventListener("scroll", onScroll, { passive: true });
      box.addEventListener("wheel", onWheel, { passive: true });
      // The composer grows, a keyboard opens.
      const resized = new ResizeObserver(onHeight);
      resized.observe(box);
      stop.current = () => {
        box.removeEventListener("scroll", onScroll);
        box.removeEventListener("wheel", onWheel);
        resized.disconnect();
      };
    },
    [onHeight],
  );
  return { scroller, onHeight };
}

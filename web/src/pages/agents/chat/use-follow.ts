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
  /** Whether the end is to be kept in view. */
  follows: () => boolean;
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
  const stop = useRef<() => void>(() => {});

  const follows = useCallback(() => pinned.current && !isSelecting(), []);
  const onHeight = useCallback(() => {
    const box = element.current;
    if (box && follows()) box.scrollTop = box.scrollHeight;
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
        if (left <= NEAR_END_PX) pinned.current ||= !up;
        else if (up) pinned.current = false;
        before = box.scrollTop;
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
  return { scroller, follows, onHeight };
}

import type { KeyboardEvent, PointerEvent } from "react";
import { SIDE_MAX, SIDE_MIN, SIDE_USUAL, useSide } from "@/lib/side";

const STEP = 16;

/** The edge of the list: dragged, or moved by the arrow keys. A double click undoes it. */
export function Resize() {
  const { width, setWidth } = useSide();
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const handle = event.currentTarget;
    handle.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) => setWidth(moved.clientX);
    handle.addEventListener("pointermove", move);
    const end = () => handle.removeEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", end, { once: true });
    event.preventDefault();
  };
  const now = width ?? SIDE_USUAL;
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: now - STEP,
      ArrowRight: now + STEP,
      Home: SIDE_MIN,
      End: SIDE_MAX,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    setWidth(next);
  };
  return (
    <div
      className="resize"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the list"
      aria-valuemin={SIDE_MIN}
      aria-valuemax={SIDE_MAX}
      aria-valuenow={now}
      tabIndex={0}
      onPointerDown={drag}
      onDoubleClick={() => setWidth(null)}
      onKeyDown={press}
    />
  );
}

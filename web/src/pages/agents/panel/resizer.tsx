import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { clampWidth, WIDTH_MIN, WIDTH_SHARE_MAX } from "./panel-state";

interface Props {
  width: number;
  onWidth: (width: number) => void;
  /** The pointer has let go, or a key has moved it. */
  onSettled: (width: number) => void;
}

const STEP = 24;

/** The edge between conversation and panel: dragged, or moved with the arrow keys. */
export function Resizer({ width, onWidth, onSettled }: Props) {
  const dragging = useRef(false);
  // Two keys may come before the page has moved for the first one.
  const latest = useRef(width);
  latest.current = width;
  const at = (event: PointerEvent) => clampWidth(window.innerWidth - event.clientX, innerWidth);
  const down = (event: PointerEvent<HTMLElement>) => {
    event.preventDefault();
    dragging.current = true;
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    if (dragging.current) onWidth(at(event));
  };
  const up = (event: PointerEvent) => {
    if (!dragging.current) return;
    dragging.current = false;
    onSettled(at(event));
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    latest.current = clampWidth(latest.current + step, window.innerWidth);
    onSettled(latest.current);
  };
  return (
    <div
      className="resizer"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuemin={WIDTH_MIN}
      aria-valuemax={Math.round(window.innerWidth * WIDTH_SHARE_MAX)}
      aria-valuenow={Math.round(width)}
      tabIndex={0}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={key}
    />
  );
}

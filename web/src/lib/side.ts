import { create } from "zustand";
import { recall, remember } from "./storage";

/** Pixels. */
export const SIDE_MIN = 220;
export const SIDE_MAX = 420;
export const SIDE_USUAL = 268;

export function clampSide(width: number): number {
  return Math.round(Math.min(SIDE_MAX, Math.max(SIDE_MIN, width)));
}

function stored(): number | null {
  const width = Number(recall("side"));
  return width > 0 ? clampSide(width) : null;
}

interface Side {
  /** Chosen by the person; null is what fits the window. */
  width: number | null;
  setWidth: (width: number | null) => void;
  /** Only a rail of buttons is shown. */
  collapsed: boolean;
  setCollapsed: (collapsed: boolean) => void;
}

/** How the list of chats is shown on this device. */
export const useSide = create<Side>((set) => ({
  width: stored(),
  setWidth: (wanted) => {
    const width = wanted === null ? null : clampSide(wanted);
    remember("side", width === null ? null : String(width));
    set({ width });
  },
  collapsed: recall("side-collapsed") === "yes",
  setCollapsed: (collapsed) => {
    remember("side-collapsed", collapsed ? "yes" : null);
    set({ collapsed });
  },
}));

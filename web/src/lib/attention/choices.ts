import { create } from "zustand";
import { recall, remember } from "../storage";

interface Choices {
  /** Say in the page when another chat has news. */
  toasts: boolean;
  /** Make a sound. */
  chime: boolean;
  setToasts: (on: boolean) => void;
  setChime: (on: boolean) => void;
}

/** Kept on this device: a phone may be silent where a desk is not. */
export const useAttention = create<Choices>((set) => ({
  toasts: recall("toasts") !== "off",
  chime: recall("chime") === "on",
  setToasts: (toasts) => {
    remember("toasts", toasts ? null : "off");
    set({ toasts });
  },
  setChime: (chime) => {
    remember("chime", chime ? "on" : null);
    set({ chime });
  },
}));

import { create } from "zustand";
import { recall, remember } from "./storage";

interface Device {
  /** Whether single letters are shortcuts outside of fields. */
  letters: boolean;
  setLetters: (on: boolean) => void;
  /** Whether conversations take the whole width. */
  wide: boolean;
  setWide: (on: boolean) => void;
}

/** How this device is used. */
export const useDevice = create<Device>((set) => ({
  letters: recall("letters") !== "no",
  setLetters: (letters) => {
    remember("letters", letters ? null : "no");
    set({ letters });
  },
  wide: recall("wide") === "yes",
  setWide: (wide) => {
    remember("wide", wide ? "yes" : null);
    set({ wide });
  },
}));

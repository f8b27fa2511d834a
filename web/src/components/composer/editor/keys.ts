// What keys mean in the field. Pure, so that a test can press them.

import type { SendKey } from "@/lib/send-key";

export interface Press {
  key: string;
  shift: boolean;
  alt: boolean;
  mod: boolean;
  /** A character is being put together: whatever is pressed belongs to that. */
  composing: boolean;
  /** A keyboard on the screen has no Shift+Enter. */
  touch: boolean;
  empty: boolean;
}

export type Meaning = "send" | "recall" | "leave" | null;

export function meaning(press: Press, sendKey: SendKey): Meaning {
  if (press.composing) return null;
  switch (press.key) {
    case "Enter": {
      if (press.shift || press.alt) return null;
      const plainSends = sendKey === "enter" && !press.touch;
      return press.mod || plainSends ? "send" : null;
    }
    case "ArrowUp":
      return press.empty && !press.shift && !press.mod && !press.alt ? "recall" : null;
    case "Escape":
      return "leave";
    default:
      return null;
  }
}

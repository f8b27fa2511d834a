import { create } from "zustand";

interface Shell {
  /** Whether the list of chats is open as a drawer (phones and tablets). */
  drawer: boolean;
  setDrawer: (open: boolean) => void;
  palette: boolean;
  setPalette: (open: boolean) => void;
  help: boolean;
  setHelp: (open: boolean) => void;
}

export const useShell = create<Shell>((set) => ({
  drawer: false,
  setDrawer: (drawer) => set({ drawer }),
  palette: false,
  setPalette: (palette) => set({ palette }),
  help: false,
  setHelp: (help) => set({ help }),
}));

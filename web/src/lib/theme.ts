import { create } from "zustand";
import { recall, remember } from "./storage";

export type Theme = "system" | "light" | "dark";

const dark = () => matchMedia("(prefers-color-scheme: dark)");

function apply(theme: Theme): void {
  const isDark = theme === "dark" || (theme === "system" && dark().matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

function stored(): Theme {
  const value = recall("theme");
  return value === "light" || value === "dark" ? value : "system";
}

interface ThemeState {
  theme: Theme;
  choose: (theme: Theme) => void;
}

export const useTheme = create<ThemeState>((set) => ({
  theme: stored(),
  choose: (theme) => {
    remember("theme", theme === "system" ? null : theme);
    apply(theme);
    set({ theme });
  },
}));

/** Follows the system while nothing else was chosen. */
export function followSystem(): void {
  dark().addEventListener("change", () => apply(useTheme.getState().theme));
}

// Which tab the right panel shows, and how wide it is. Both last on this device.
import { recall, remember } from "@/lib/storage";

export const TABS = ["git", "terminal", "context"] as const;
export type PanelTab = (typeof TABS)[number];

export const WIDTH_MIN = 320;
/** Of the window. */
export const WIDTH_SHARE_MAX = 0.7;
/** From here on two columns of code fit side by side. */
export const SPLIT_WIDTH_MIN = 760;

export function asTab(value: unknown): PanelTab | undefined {
  return TABS.find((tab) => tab === value);
}

/** A width that leaves room for the conversation. */
export function clampWidth(width: number, window: number): number {
  const most = Math.max(WIDTH_MIN, Math.round(window * WIDTH_SHARE_MAX));
  return Math.round(Math.min(Math.max(width, WIDTH_MIN), most));
}

export function recallTab(): PanelTab {
  return asTab(recall("panel.tab")) ?? "git";
}

export function rememberTab(tab: PanelTab): void {
  remember("panel.tab", tab);
}

/** Undefined while nobody has chosen one: the layout's own then. */
export function recallWidth(): number | undefined {
  const width = Number(recall("panel.width"));
  return Number.isFinite(width) && width >= WIDTH_MIN ? width : undefined;
}

export function rememberWidth(width: number | undefined): void {
  remember("panel.width", width === undefined ? null : String(width));
}

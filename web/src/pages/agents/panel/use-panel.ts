import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { recall, remember } from "@/lib/storage";
import { asTab, type PanelTab, recallTab, rememberTab } from "./panel-state";

export interface PanelState {
  /** Null while the panel is hidden. */
  tab: PanelTab | null;
  /** Whether the person has chosen it here, as opposed to an address or an earlier visit. */
  chosen: boolean;
  show: (tab: PanelTab) => void;
  hide: () => void;
  toggle: () => void;
}

/** Which tab of the panel is open: the address says it first, then what this device had last. */
export function usePanel(chat: string): PanelState {
  const { panel: asked } = useSearch({ strict: false }) as { panel?: string };
  const navigate = useNavigate();
  const [tab, setTab] = useState<PanelTab | null>(() => {
    if (asked !== undefined) return asTab(asked) ?? recallTab();
    return recall("panel") === "open" ? recallTab() : null;
  });
  const [chosen, setChosen] = useState(false);
  const change = useCallback(
    (next: PanelTab | null) => {
      setChosen(true);
      remember("panel", next ? "open" : null);
      if (next) rememberTab(next);
      setTab(next);
      // So that a reload and a copied address show the same.
      void navigate({
        to: "/agents/$id",
        params: { id: chat },
        search: next ? { panel: next } : {},
        replace: true,
      });
    },
    [chat, navigate],
  );
  return {
    tab,
    chosen,
    show: change,
    hide: () => change(null),
    toggle: () => change(tab ? null : recallTab()),
  };
}

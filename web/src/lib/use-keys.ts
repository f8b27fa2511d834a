import { useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { neighbourOf } from "@/api/chats";
import type { Chat } from "@/api/generated/types";
import { queryClient } from "@/api/query";
import { archive } from "@/pages/agents/list/actions";
import { useShell } from "./shell";
import { pressed } from "./shortcuts";

const SECOND_KEY_MS = 1_000;
const REGIONS = ["chats", "timeline", "composer", "panel"];

/** To the next row; the open chat's own may be far out of view, and then in no document. */
function move(step: 1 | -1, id: string | undefined, open: (id: string) => void): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-chat]")];
  const at = rows.findIndex((row) => row.classList.contains("on"));
  const far = at < 0 && id ? neighbourOf(id, step) : undefined;
  if (far) {
    open(far);
    return;
  }
  const next = rows[at < 0 ? 0 : at + step];
  next?.click();
  next?.scrollIntoView({ block: "nearest" });
}

/** Goes round the regions of the page that are there. */
function cycle(step: 1 | -1): void {
  const there = REGIONS.map((id) => document.getElementById(id)).filter((one) => one !== null);
  const at = there.findIndex((one) => one.contains(document.activeElement));
  const next = there.at((at + step + there.length) % there.length);
  const target = next?.querySelector<HTMLElement>("a[href], button, [tabindex='0']");
  if (next?.matches("[contenteditable], [tabindex]")) next.focus();
  else target?.focus();
}

function press(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.click();
}

/** Opens a tab of the panel, and the panel with it. */
function showTab(tab: string): void {
  press(`[data-panel-tab="${tab}"]`);
}

/** The keys that work on every page of chats. */
export function useKeys(): void {
  const navigate = useNavigate();
  const { id } = useParams({ strict: false });
  const went = useRef(0);
  useEffect(() => {
    const shell = useShell.getState();
    const open = (chat: string) => void navigate({ to: "/agents/$id", params: { id: chat } });
    const run = (key: string): boolean => {
      if (key === "l" && performance.now() - went.current < SECOND_KEY_MS) {
        document.querySelector<HTMLElement>("[data-chat].on, [data-chat]")?.focus();
        return true;
      }
      const actions: Record<string, () => void> = {
        "Ctrl K": () => shell.setPalette(true),
        "Ctrl .": () => press("[data-stop]"),
        // biome-ignore lint/correctness/noComponentHookFactories: the name of a key
        F6: () => cycle(1),
        "Shift F6": () => cycle(-1),
        "?": () => shell.setHelp(true),
        "/": () => document.getElementById("composer")?.focus(),
        "]": () => press("[data-panel-toggle]"),
        "1": () => showTab("git"),
        "3": () => showTab("terminal"),
        "4": () => showTab("context"),
        e: () => press("[data-rename]"),
        g: () => {
          went.current = performance.now();
        },
        j: () => move(1, id, open),
        k: () => move(-1, id, open),
        n: () => void navigate({ to: "/agents" }),
        x: () => {
          const chat = queryClient.getQueryData<Chat>(["chat", id]);
          if (chat && !chat.archived) void archive(chat);
        },
      };
      const action = actions[key];
      action?.();
      return action !== undefined;
    };
    const listen = (event: KeyboardEvent) => {
      const { palette, help } = useShell.getState();
      // What opens, but has not loaded yet, is what the next letters are meant for.
      if ((palette || help) && event.key.length === 1 && !event.ctrlKey) return;
      const key = pressed(event);
      if (key !== null && run(key)) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, [navigate, id]);
}

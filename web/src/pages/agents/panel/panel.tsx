import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { Chat, ChatMessage } from "@/api/generated/types";
import { IconButton } from "@/components/ui/button";
import { Loading } from "@/components/ui/states";
import { TabPage, Tabs } from "@/components/ui/tabs";
import { ChangesTab } from "./changes/changes-tab";
import type { Changes } from "./collect";
import { asTab, type PanelTab, recallWidth, rememberWidth } from "./panel-state";
import { Resizer } from "./resizer";

// The terminal is heavy, and both are often not wanted.
const TerminalTab = lazy(async () => {
  const { TerminalTab: default_ } = await import("./terminal/terminal-tab");
  return { default: default_ };
});
const ContextTab = lazy(async () => {
  const { ContextTab: default_ } = await import("./context/context-tab");
  return { default: default_ };
});

interface Props {
  chat: Chat;
  tab: PanelTab;
  /** Whether the person has chosen the tab. */
  chosen: boolean;
  onTab: (tab: PanelTab) => void;
  onClose: () => void;
  messages: readonly ChatMessage[];
  /** What the agent's own edits did, for when the workspace can't be asked. */
  changes: Changes;
  onSuggest: (text: string) => void;
}

/** The right panel. A tab that is not shown is not there, so nothing of it connects. */
export function Panel(props: Props) {
  const { chat, tab, chosen, onTab, onClose, messages, changes, onSuggest } = props;
  const panel = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(recallWidth);
  const [full, setFull] = useState(false);
  const [shown, setShown] = useState(width ?? 448);
  useEffect(() => {
    const page = panel.current?.parentElement;
    if (width === undefined) page?.style.removeProperty("--panel");
    else page?.style.setProperty("--panel", `${width}px`);
    return () => {
      page?.style.removeProperty("--panel");
    };
  }, [width]);
  useEffect(() => {
    const element = panel.current;
    if (!element) return;
    const watcher = new ResizeObserver(() => setShown(element.getBoundingClientRect().width));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const settle = (next: number) => {
    setWidth(next);
    rememberWidth(next);
  };
  const tabs = [
    {
      id: "git",
      name: "Changes",
      ...(changes.files.length ? { count: changes.files.length } : {}),
    },
    { id: "terminal", name: "Terminal" },
    { id: "context", name: "Context" },
  ];
  return (
    <aside className={`panel ${full ? "full" : ""}`} id="panel" aria-label="Panel" ref={panel}>
      <Resizer width={width ?? shown} onWidth={setWidth} onSettled={settle} />
      <div className="grab" aria-hidden="true" />
      <Tabs
        tabs={tabs}
        value={tab}
        onChange={(id) => onTab(asTab(id) ?? "git")}
        label="Panel"
        end={
          <>
            <IconButton
              glyph={full ? "shrink" : "expand"}
              label={full ? "Beside the conversation" : "Full width"}
              aria-pressed={full}
              className="wide-only"
              onClick={() => setFull(!full)}
            />
            <IconButton glyph="close" label="Hide panel" keys="]" onClick={onClose} />
          </>
        }
      >
        <TabPage id="git">
          <ChangesTab chat={chat} edits={changes} width={shown} onSuggest={onSuggest} />
        </TabPage>
        <TabPage id="terminal">
          <Suspense fallback={<Loading rows={3} label="Loading the terminal" />}>
            <TerminalTab chat={chat} focus={chosen} />
          </Suspense>
        </TabPage>
        <TabPage id="context">
          <Suspense fallback={<Loading rows={3} label="Counting" />}>
            <ContextTab chat={chat} messages={messages} />
          </Suspense>
        </TabPage>
      </Tabs>
    </aside>
  );
}

import { useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Chat } from "@/api/generated/types";
import { Failed, Loading } from "@/components/ui/states";
import { ChatIdContext } from "@/lib/chat-id";
import { recall, remember } from "@/lib/storage";
import { historyRows, liveRows, type Row } from "@/stream/rows";
import { ChangesPanel } from "../panel/changes";
import { changesOf } from "../panel/collect";
import { ChatTop } from "./chat-top";
import { Dock } from "./dock";
import { Timeline } from "./timeline";
import { useChatStore } from "./use-chat-store";
import { useFileNames, useSending } from "./use-sending";

export function ChatView({ chat }: { chat: Chat }) {
  const { store, snapshot } = useChatStore(chat.id);
  const state = snapshot.chat;
  const status = state.status ?? chat.status;
  const active = status === "running" || status === "interrupting";
  const [sending, sendingState] = useSending(chat, store);
  useFileNames(chat, state.messages, state.queue);
  const { panel: asked } = useSearch({ strict: false }) as { panel?: string };
  const [panel, setPanel] = useState(() => asked !== undefined || recall("panel") === "open");

  const rows = useMemo<Row[]>(
    () => [
      ...historyRows(state.messages, state.live, active, state.asked),
      ...liveRows(state.live),
    ],
    [state.messages, state.live, active, state.asked],
  );
  const changes = useMemo(() => changesOf(state.messages), [state.messages]);
  const toggle = () => {
    remember("panel", panel ? null : "open");
    setPanel(!panel);
  };

  return (
    <ChatIdContext value={chat.id}>
      <div className={`chat-page ${panel ? "with-panel" : ""}`}>
        <main className="main" id="main" aria-label="Chat">
          <ChatTop chat={chat} panel={panel} onPanel={toggle} />
          {snapshot.loaded || state.messages.length > 0 ? (
            <Timeline
              chat={chat}
              rows={rows}
              snapshot={snapshot}
              status={status}
              sending={sending}
              state={sendingState}
              onOlder={store.loadOlder}
              onSuggest={sending.suggest}
            />
          ) : (
            <div className="column alone grow">
              {snapshot.failure ? (
                <Failed
                  title="The conversation could not be loaded"
                  error={snapshot.failure}
                  onRetry={store.retry}
                />
              ) : (
                <Loading rows={6} label="Loading the conversation" />
              )}
            </div>
          )}
          <Dock
            chat={chat}
            rows={rows}
            snapshot={snapshot}
            status={status}
            sending={sending}
            state={sendingState}
            changes={changes}
            onChanges={toggle}
          />
        </main>
        {panel && <ChangesPanel changes={changes} onClose={toggle} />}
      </div>
    </ChatIdContext>
  );
}

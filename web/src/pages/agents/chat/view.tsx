import { useEffect, useMemo } from "react";
import type { Chat } from "@/api/generated/types";
import { Failed, Loading } from "@/components/ui/states";
import { complain } from "@/components/ui/toast";
import { ChatIdContext } from "@/lib/chat-id";
import { ViewsContext } from "@/lib/views";
import { changesOf } from "../panel/collect";
import { Panel } from "../panel/panel";
import { TABS } from "../panel/panel-state";
import { usePanel } from "../panel/use-panel";
import { ChatTop } from "./chat-top";
import { Dock } from "./dock";
import { FollowContext } from "./follow";
import { Timeline } from "./timeline";
import { useChatStore } from "./use-chat-store";
import { useRows } from "./use-rows";
import { useFileNames, useSending } from "./use-sending";

export function ChatView({ chat }: { chat: Chat }) {
  const { store, snapshot } = useChatStore(chat.id);
  const state = snapshot.chat;
  const status = state.status ?? chat.status;
  const active = status === "running" || status === "interrupting";
  const [sending, sendingState] = useSending(chat, store);
  useFileNames(chat, state.messages, state.queue);
  const panel = usePanel(chat.id);

  const { olderFailure } = snapshot;
  useEffect(() => {
    if (!olderFailure) return;
    const again = { name: "Try again", run: () => void store.loadOlder() };
    complain("Earlier messages could not be loaded.", olderFailure, again, "older");
  }, [olderFailure, store]);

  const rows = useRows(state, active);
  const changes = useMemo(() => changesOf(state.messages), [state.messages]);

  return (
    <ChatIdContext value={chat.id}>
      <ViewsContext value={store.views}>
        <div className={`chat-page ${panel.tab ? "with-panel" : ""}`}>
          <main className="main" id="main" aria-label="Chat">
            <ChatTop chat={chat} panel={panel.tab !== null} onPanel={panel.toggle} />
            {snapshot.loaded || state.messages.length > 0 ? (
              <FollowContext value={store.retry}>
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
              </FollowContext>
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
              onChanges={() => panel.show("git")}
            />
          </main>
          {TABS.map((tab) => (
            <button
              key={tab}
              type="button"
              hidden
              data-panel-tab={tab}
              onClick={() => panel.show(tab)}
            />
          ))}
          {panel.tab && (
            <Panel
              chat={chat}
              tab={panel.tab}
              chosen={panel.chosen}
              onTab={panel.show}
              onClose={panel.hide}
              messages={state.messages}
              changes={changes}
              onSuggest={sending.suggest}
            />
          )}
        </div>
      </ViewsContext>
    </ChatIdContext>
  );
}

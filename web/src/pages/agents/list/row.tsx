import { Link } from "@tanstack/react-router";
import { memo, useState } from "react";
import type { Chat } from "@/api/generated/types";
import { LabelsDialog } from "@/components/labels/labels-dialog";
import { Glyph } from "@/components/ui/glyph";
import { ago, fullTime } from "@/lib/format";
import { plain } from "@/lib/plain";
import { ownerName, useAccess } from "../sharing/access";
import { ShareDialog } from "../sharing/share-dialog";
import { RenameBox } from "./rename";
import { RowMenu } from "./row-menu";
import { rowState } from "./status";

interface Props {
  chat: Chat;
  child: boolean;
  /** Whether it is the chat in view: that one is being read. */
  open: boolean;
  now: number;
}

export const ChatRow = memo(function ChatRow({ chat: given, child, open, now }: Props) {
  const [renaming, setRenaming] = useState(false);
  const [labelling, setLabelling] = useState(false);
  const [sharing, setSharing] = useState(false);
  const { foreign } = useAccess(given);
  const chat = open ? { ...given, has_unread: false } : given;
  const state = rowState(chat);
  const words = state.words || (foreign ? `Shared by ${plain(ownerName(chat))}` : "");
  const unread = chat.has_unread && chat.status === "waiting";
  const look = [child && "sub", unread && "new", state.asks && "ask"].filter(Boolean).join(" ");
  const sign = state.glyph ? <Glyph name={state.glyph} className={state.tone} /> : <span />;
  const title = plain(chat.title) || "Untitled";
  // While it works, the end of the last turn is no news.
  const summary = chat.status === "waiting" && plain(chat.last_turn_summary ?? "");
  if (renaming) {
    return (
      <div className={`chat ${look}`}>
        {sign}
        <RenameBox chat={chat} onDone={() => setRenaming(false)} />
      </div>
    );
  }
  return (
    <div className="chat-slot">
      <Link
        to="/agents/$id"
        params={{ id: chat.id }}
        className={`chat ${look}`}
        activeProps={{ className: `chat on ${look}` }}
        title={summary ? `${title}\n${summary}` : title}
        data-chat={chat.id}
      >
        {sign}
        <span className="l1">
          <span className="t cut" dir="auto">
            {title}
          </span>
          <time dateTime={chat.updated_at} title={fullTime(chat.updated_at)}>
            {ago(chat.updated_at, now)}
          </time>
        </span>
        {words && !child && (
          <span className="l2">
            <span className="s cut">{words}</span>
          </span>
        )}
        {(state.spoken || child) && <span className="vh">{state.spoken || state.words}</span>}
      </Link>
      <RowMenu
        chat={chat}
        onRename={() => setRenaming(true)}
        onLabels={() => setLabelling(true)}
        onShare={() => setSharing(true)}
      />
      {labelling && <LabelsDialog chat={chat} onClose={() => setLabelling(false)} />}
      {sharing && <ShareDialog chat={chat} open onClose={() => setSharing(false)} />}
    </div>
  );
});

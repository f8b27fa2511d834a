import { Link } from "@tanstack/react-router";
import { memo, useState } from "react";
import type { Chat } from "@/api/generated/types";
import { LabelsDialog } from "@/components/labels/labels-dialog";
import { Glyph } from "@/components/ui/glyph";
import { ago, fullTime, plural } from "@/lib/format";
import { plain } from "@/lib/plain";
import { ownerName, useAccess } from "../sharing/access";
import { Share } from "../sharing/share";
import { dragOf } from "./drag";
import { RenameBox } from "./rename";
import { RowMenu } from "./row-menu";
import { rowState } from "./status";

interface Props {
  chat: Chat;
  /** Of a subagent. */
  parent: Chat | null;
  /** Whether its subagents are shown below it. */
  unfolded: boolean;
  /** Whether it is the chat in view: that one is being read. */
  open: boolean;
  now: number;
  onFold: (chat: string, open: boolean) => void;
}

export const ChatRow = memo(function ChatRow(props: Props) {
  const { chat: given, parent, open, now } = props;
  const [renaming, setRenaming] = useState(false);
  const [labelling, setLabelling] = useState(false);
  const [sharing, setSharing] = useState(false);
  const { foreign } = useAccess(given);
  const chat = open ? { ...given, has_unread: false } : given;
  const state = rowState(chat);
  const words = state.words || (foreign ? `Shared by ${plain(ownerName(chat))}` : "");
  const unread = chat.has_unread && chat.status === "waiting";
  const classes = [parent && "sub", unread && "new", state.asks && "ask"];
  const look = classes.filter(Boolean).join(" ");
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
    <div className="chat-slot" {...dragOf(chat)}>
      <Link
        to="/agents/$id"
        params={{ id: chat.id }}
        className={`chat ${look}`}
        activeProps={{ className: `chat on ${look}` }}
        title={summary ? `${title}\n${summary}` : title}
        draggable={false}
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
        {words && !parent && (
          <span className="l2">
            <span className="s cut">{words}</span>
          </span>
        )}
        {(state.spoken || parent) && <span className="vh">{state.spoken || state.words}</span>}
      </Link>
      <RowMenu
        chat={chat}
        parent={parent}
        onRename={() => setRenaming(true)}
        onLabels={() => setLabelling(true)}
        onShare={() => setSharing(true)}
      />
      {labelling && <LabelsDialog chat={chat} onClose={() => setLabelling(false)} />}
      {sharing && <Share chat={chat} open onClose={() => setSharing(false)} />}
      <Family {...props} />
    </div>
  );
});

/** How many subagents there are, and the way to see them. */
function Family({ chat, unfolded, onFold }: Props) {
  const count = chat.children.length;
  if (count === 0) return null;
  return (
    <button
      type="button"
      className="family"
      aria-expanded={unfolded}
      onClick={() => onFold(chat.id, !unfolded)}
    >
      <Glyph name={unfolded ? "down" : "right"} />
      {plural(count, "subagent")}
      <span className="vh"> of {plain(chat.title)}</span>
    </button>
  );
}

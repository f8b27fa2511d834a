import { memo } from "react";
import { useChat } from "@/api/chats";
import type { ChatMessage } from "@/api/generated/types";
import { findModel, useModels } from "@/api/models";
import { useMe } from "@/api/session";
import { CopyButton } from "@/components/copy-button";
import { Initials } from "@/components/initials";
import { Markdown } from "@/components/markdown/markdown";
import { MessageContent } from "@/components/message/content";
import { MessageFiles } from "@/components/message/files";
import { IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { clockTime, dayName, fullTime, stopwatch, tokens } from "@/lib/format";
import { hostOf, safeHref } from "@/lib/markdown";
import { useMinutes, useSeconds } from "@/lib/now";
import { plain } from "@/lib/plain";
import { useKept, useNoted } from "@/lib/views";
import type { Row, Source } from "@/stream/rows";
import { THINKING } from "@/stream/thoughts";
import { ToolLine } from "@/tools/tool-line";
import { ownerName } from "../sharing/access";
import { type Sending, wordsOf } from "./sending";

interface Props {
  row: Row;
  first: boolean;
  editable: boolean;
  sending: Sending;
  onSuggest: (text: string) => void;
}

export const RowView = memo(
  function RowView({ row, first, editable, sending, onSuggest }: Props) {
    switch (row.kind) {
      case "user":
        return (
          <UserTurn message={row.message} first={first} editable={editable} onEdit={sending.edit} />
        );
      case "prose":
        return (
          <div className={`prose ${row.live ? "live" : ""}`} dir="auto">
            <Markdown text={row.text} live={row.live} />
          </div>
        );
      case "reasoning":
        return <Reasoning id={row.key} text={row.text} live={row.live} />;
      case "tool":
        return <ToolLine call={row.call} onSuggest={onSuggest} />;
      case "sources":
        return <Sources sources={row.sources} />;
      case "context":
        return (
          <p className="line">
            <Glyph name="file" /> Read {row.files.map(plain).join(", ")}
          </p>
        );
      case "files":
        return <MessageFiles parts={row.parts} />;
      case "boundary":
        return <Boundary id={row.key} title={row.title} summary={row.summary} />;
      case "day":
        return <Day at={row.at} first={first} />;
      case "foot":
        return <Foot row={row} />;
      default:
        return null;
    }
  },
  (before, after) =>
    before.row === after.row &&
    before.first === after.first &&
    before.editable === after.editable &&
    before.sending === after.sending &&
    before.onSuggest === after.onSuggest,
);

interface UserProps {
  message: ChatMessage;
  first: boolean;
  editable: boolean;
  onEdit: (message: ChatMessage) => void;
}

function UserTurn({ message, first, editable, onEdit }: UserProps) {
  const me = useMe();
  const { data: chat } = useChat(message.chat_id);
  const own = !message.created_by || message.created_by === me.id;
  const name = own ? me.name || me.username : (chat && ownerName(chat)) || "?";
  const words = wordsOf(message.content);
  return (
    <article className={`user ${first ? "" : "next"}`} id={`m${message.id}`}>
      <Initials name={name} />
      <MessageContent parts={message.content} />
      <time dateTime={message.created_at} title={fullTime(message.created_at)}>
        {clockTime(message.created_at)}
      </time>
      <span className="user-acts">
        {editable && (
          <IconButton glyph="pen" label="Edit" size="small" onClick={() => onEdit(message)} />
        )}
        <CopyButton text={words} label="Copy message" />
      </span>
    </article>
  );
}

/** Never opens by itself; while it is written its latest words show. */
function Reasoning({ id, text, live }: { id: string; text: string; live: boolean }) {
  const [open, setOpen] = useKept(id, false);
  const latest =
    text
      .trim()
      .split(/(?<=[.!?])\s+|\n+/)
      .at(-1) ?? "";
  return (
    <>
      <button
        type="button"
        className={`step think ${live ? "live" : ""}`}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Glyph name={live ? "run" : open ? "down" : "right"} />
        <span className="v cut">{live ? `Thinking: ${plain(latest)}` : "Thought"}</span>
        <span className="n" />
        <time>{live && <Thinking />}</time>
      </button>
      {open && (
        <div className="thought">
          <Markdown text={text} live={live} />
        </div>
      )}
    </>
  );
}

/** How long the thought that is being written has taken; nothing if its beginning was missed. */
function Thinking() {
  const now = useSeconds();
  const since = useNoted<number>(THINKING);
  return since === undefined ? null : stopwatch(now - since);
}

function Day({ at, first }: { at: string; first: boolean }) {
  const now = useMinutes();
  return (
    <h2 className={`day ${first ? "" : "next"}`} title={fullTime(at)}>
      {dayName(at, now)}
    </h2>
  );
}

function Sources({ sources }: { sources: Source[] }) {
  return (
    <ol className="sources" aria-label="Sources">
      {sources.map((source) => {
        const href = safeHref(source.url);
        const host = href && hostOf(href);
        const words = plain(source.title ?? "") || host || plain(source.url);
        return (
          <li key={source.url}>
            {href && host ? (
              <a href={href} target="_blank" rel="noopener noreferrer nofollow" className="link">
                {words}
              </a>
            ) : (
              words
            )}{" "}
            {host && <span className="q">{host}</span>}
          </li>
        );
      })}
    </ol>
  );
}

function Boundary({ id, title, summary }: { id: string; title: string; summary: string }) {
  const [open, setOpen] = useKept(id, false);
  return (
    <>
      <button
        type="button"
        className="divide"
        aria-expanded={open}
        disabled={!summary}
        onClick={() => setOpen(!open)}
      >
        {title}
      </button>
      {open && (
        <div className="thought">
          <Markdown text={summary} />
        </div>
      )}
    </>
  );
}

function Foot({ row }: { row: Extract<Row, { kind: "foot" }> }) {
  const { data } = useModels();
  const model = findModel(data, row.model);
  const all = row.usage.total_tokens ?? 0;
  return (
    <div className="turn-foot">
      {model && <span>{plain(model.display_name)}</span>}
      {all > 0 && <span>{tokens(all)} tokens</span>}
      <span className="grow" />
      <CopyButton text={row.text} label="Copy answer" />
    </div>
  );
}

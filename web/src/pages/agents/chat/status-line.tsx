import type { ReactNode } from "react";
import type { Chat, ChatStatus } from "@/api/generated/types";
import { Counts } from "@/components/diff-view";
import { Glyph } from "@/components/ui/glyph";
import { plural, stopwatch } from "@/lib/format";
import { useSeconds } from "@/lib/now";
import { plain } from "@/lib/plain";
import { COMPACTION, type Row } from "@/stream/rows";
import type { Snapshot } from "@/stream/store";
import { describe } from "@/tools/registry";
import { kindName } from "../list/status";
import type { Changes } from "../panel/collect";
import { Cost } from "./cost";
import { callsOf, wasStopped } from "./ended";

interface Props {
  chat: Chat;
  status: ChatStatus;
  snapshot: Snapshot;
  rows: readonly Row[];
  changes: Changes;
  onChanges: () => void;
}

/** What is it doing, does it need me, what changed: in this order, on every width. */
export function StatusLine({ chat, status, snapshot, rows, changes, onChanges }: Props) {
  return (
    <div className="status">
      <span className="now" role="status">
        <Now chat={chat} status={status} snapshot={snapshot} rows={rows} />
      </span>
      {changes.files.length > 0 && (
        <button type="button" onClick={onChanges}>
          <span>{plural(changes.files.length, "file")}</span>
          <Counts added={changes.added} deleted={changes.deleted} />
        </button>
      )}
      <Cost chat={chat} messages={snapshot.chat.messages} />
    </div>
  );
}

function Now({ chat, status, snapshot, rows }: Omit<Props, "changes" | "onChanges">): ReactNode {
  const last = rows.at(-1);
  switch (status) {
    case "running": {
      if (chat.queued_for_capacity) {
        return (
          <>
            <Glyph name="clock" className="q" /> <b>Waiting for capacity.</b>
          </>
        );
      }
      const since = snapshot.chat.messages.findLast((message) => message.role === "user");
      const words = snapshot.chat.retry ? { verb: "Waiting", detail: "" } : doing(last);
      return (
        <>
          <Glyph name="run" />
          <b>{words.verb}.</b>
          <span className="cut mono detail">{words.detail}</span>
          {since && <Elapsed since={since.created_at} />}
        </>
      );
    }
    case "interrupting":
      return (
        <>
          <Glyph name="stopping" /> <b>Stopping.</b> The current step ends first.
        </>
      );
    case "requires_action":
      return (
        <span className="need">
          <Glyph name="hand" /> Needs you
        </span>
      );
    case "error": {
      const kind = snapshot.chat.error?.kind ?? chat.last_error?.kind;
      return (
        <>
          <Glyph name="error" className="bad" /> <b className="bad">Failed:</b> {kindName(kind)}
        </>
      );
    }
    default: {
      if (!last) return null;
      return wasStopped(snapshot.chat.messages) ? (
        <>
          <Glyph name="ban" className="q" /> <b>Stopped by you.</b>
        </>
      ) : (
        <>
          <Glyph name="check" className="q" /> <b>Finished.</b>
          <Calls rows={rows} />
        </>
      );
    }
  }
}

/** What is seen in the conversation, for those who hear it. */
function Calls({ rows }: { rows: readonly Row[] }) {
  const { calls, failed } = callsOf(rows);
  if (calls === 0) return null;
  return (
    <span className="vh">
      {plural(calls, "tool call")}
      {failed > 0 && `, ${failed} failed`}
    </span>
  );
}

function doing(row: Row | undefined): { verb: string; detail: string } {
  switch (row?.kind) {
    case "prose":
      return { verb: "Writing", detail: "" };
    case "reasoning":
      return { verb: "Thinking", detail: "" };
    case "tool": {
      if (row.call.name === COMPACTION) return { verb: "Summarising", detail: "" };
      const card = describe(row.call);
      const live = row.call.state === "running" || row.call.state === "pending";
      return live
        ? { verb: card.verb, detail: plain(card.object) }
        : { verb: "Working", detail: "" };
    }
    default:
      return { verb: "Starting", detail: "" };
  }
}

/** Not read out: it changes every second. */
function Elapsed({ since }: { since: string }) {
  const now = useSeconds();
  return (
    <span className="q num" role="timer" aria-live="off">
      {stopwatch(now - Date.parse(since))}
    </span>
  );
}

import { Link } from "@tanstack/react-router";
import { useContext, useEffect, useState } from "react";
import type { RetryState } from "@/api/generated/types";
import { isAdmin, useMe } from "@/api/session";
import { messageParts } from "@/components/composer/content";
import { Initials } from "@/components/initials";
import { MessageContent } from "@/components/message/content";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Notice } from "@/components/ui/states";
import { stopwatch } from "@/lib/format";
import { useSeconds } from "@/lib/now";
import { kindName } from "../list/status";
import { useAccess } from "../sharing/access";
import { FollowContext } from "./follow";
import { hasArrived, type Pending, type Sending } from "./sending";
import { Spent } from "./spent";
import type { TailContext } from "./timeline";
import { lastWritten } from "./written";

/** What stands behind the last row: what is on its way, and what is the matter. */
export function Tail({ snapshot, status, sending, state, chat }: TailContext) {
  const { retry, error, live, messages, queue } = snapshot.chat;
  const follow = useContext(FollowContext);
  const failure = error ?? (status === "error" ? chat.last_error : null);
  const last = messages.at(-1);
  const queued = status === "running" && chat.queued_for_capacity;
  const waits =
    status === "running" && !queued && live.length === 0 && last?.role === "user" && !retry;
  const { write } = useAccess(chat);
  const lastUser = lastWritten(messages);
  return (
    <>
      {state.pending.map((pending) =>
        (pending.failed === null && state.editing) ||
        hasArrived(pending, messages, queue) ? null : (
          <PendingTurn key={pending.id} pending={pending} sending={sending} />
        ),
      )}
      {snapshot.failure && (
        <Notice
          tone="warning"
          glyph="lost"
          title="No longer followed"
          actions={
            <Button size="small" onClick={follow}>
              Try again
            </Button>
          }
        >
          <p>{snapshot.failure.message}</p>
        </Notice>
      )}
      {snapshot.link === "lost" && !snapshot.failure && (
        <Notice glyph="lost" title="Reconnecting">
          <p>You can read on. Nothing is lost.</p>
        </Notice>
      )}
      {retry && <Retrying retry={retry} onStop={write ? sending.interrupt : undefined} />}
      {!retry && failure && (
        <Ended
          failure={failure}
          onAgain={write && lastUser ? () => sending.repeat(lastUser) : undefined}
        />
      )}
      {queued && (
        <Notice glyph="clock" title="Waiting for capacity">
          <p>Other chats are running. This one starts as soon as one of them has finished.</p>
        </Notice>
      )}
      {waits && <Starting />}
    </>
  );
}

function PendingTurn({ pending, sending }: { pending: Pending; sending: Sending }) {
  const me = useMe();
  return (
    <article className="user next">
      <Initials name={me.name || me.username} />
      <MessageContent
        parts={messageParts(pending.content)}
        className={pending.failed === null ? "q" : ""}
      />
      {pending.failed === null ? (
        <time className="sending">Sending</time>
      ) : (
        <div className="not-sent bad" role="alert">
          <Glyph name="error" />
          <span>
            <b>Not sent.</b> {pending.failed}
          </span>
          <Button look="text" size="small" onClick={() => sending.resend(pending.id)}>
            Try again
          </Button>
          <Button look="text" size="small" onClick={() => sending.reclaim(pending.id)}>
            Edit
          </Button>
        </div>
      )}
    </article>
  );
}

/** Counts down by the server's clock. */
function Retrying({ retry, onStop }: { retry: RetryState; onStop: (() => void) | undefined }) {
  const now = useSeconds();
  const left = Date.parse(retry.retrying_at) - now;
  const kind = kindName(retry.kind);
  return (
    <Notice
      tone="warning"
      glyph="clock"
      title={kind[0]?.toUpperCase() + kind.slice(1)}
      note={`attempt ${retry.attempt}`}
      row
      actions={
        onStop && (
          <Button size="small" onClick={onStop}>
            Stop
          </Button>
        )
      }
    >
      <p>
        {retry.error} {left > 0 ? `Trying again in ${stopwatch(left + 999)}.` : "Trying again now."}
      </p>
    </Notice>
  );
}

interface EndedProps {
  failure: { message: string; kind?: string | null };
  onAgain: (() => void) | undefined;
}

function Ended({ failure, onAgain }: EndedProps) {
  const me = useMe();
  const kind = failure.kind ?? "";
  const limit = kind === "usage_limit";
  const settings = ["auth", "missing_key", "config", "provider_disabled"].includes(kind);
  const title = limit ? "Usage limit reached" : capital(kindName(kind));
  return (
    <Notice
      tone={limit ? "warning" : "error"}
      glyph={limit ? "warn" : "error"}
      title={title}
      actions={
        <>
          {limit && (
            <Link to="/agents/analytics" className="btn sm">
              See usage
            </Link>
          )}
          {settings && isAdmin(me) && (
            <Link to="/agents/settings/providers" className="btn sm">
              Open providers
            </Link>
          )}
          {onAgain && (
            <Button size="small" onClick={onAgain}>
              Send again
            </Button>
          )}
        </>
      }
    >
      <p>
        {failure.message}
        {settings && !isAdmin(me) && " Ask your administrator."}
      </p>
      {limit && <Spent />}
    </Notice>
  );
}

function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

const PATIENCE_MS = 400;

/** Only when there is something to wait for. */
function Starting() {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return shown ? (
    <p className="line starting" role="status">
      <Glyph name="run" /> Starting
    </p>
  ) : null;
}

import { Component, memo, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Glyph, type GlyphName } from "@/components/ui/glyph";
import { Notice } from "@/components/ui/states";
import { duration, stopwatch } from "@/lib/format";
import { useSeconds } from "@/lib/now";
import { plain, visible } from "@/lib/plain";
import { useFirstSeen, useIsNews, useKept } from "@/lib/views";
import { COMPACTION, errorOf, type ToolCall } from "@/stream/rows";
import { Asked } from "./asked";
import type { Card } from "./card";
import { JsonBody } from "./generic";
import { Plan, planOf } from "./plan";
import { describe } from "./registry";

interface Props {
  call: ToolCall;
  /** Puts words into the composer; nothing is sent. */
  onSuggest: (text: string) => void;
}

export const ToolLine = memo(function ToolLine({ call, onSuggest }: Props) {
  const plan = call.name === "propose_plan" && call.state === "done" ? planOf(call) : null;
  if (plan) return <Plan name={plan.name} file={plan.file} />;
  const card = describe(call);
  if (call.name === COMPACTION) return <Summarising call={call} />;
  if (call.state === "unknown") return <Unknown call={call} card={card} onSuggest={onSuggest} />;
  if (call.state === "asked") return <Asked call={call} />;
  if (call.state === "error" && !card.goesOn) return <Failure call={call} card={card} />;
  return <Line call={call} card={card} />;
});

const GLYPHS: Partial<Record<ToolCall["state"], GlyphName>> = {
  pending: "dashed",
  running: "run",
  cancelled: "ban",
};

function Line({ call, card }: { call: ToolCall; card: Card }) {
  const live = call.state === "running" || call.state === "pending";
  const [chosen, choose] = useKept<boolean | null>(`line ${call.id}`, null);
  const open = chosen ?? card.open ?? false;
  const look = [live && "live", card.warning && "is-warn", call.state === "cancelled" && "is-off"];
  const ended = card.goesOn ? "clock" : card.warning ? "warn" : "check";
  const glyph = GLYPHS[call.state] ?? ended;
  const content = (
    <>
      <Glyph name={glyph} />
      <span className="v">{card.verb}</span>
      <span className={`o cut ${card.mono ? "mono" : ""}`} dir="auto">
        {plain(card.object)}
      </span>
      <span className="n">{card.note}</span>
      <time>
        {live ? <Ticking call={call} /> : call.elapsedMs !== undefined && duration(call.elapsedMs)}
      </time>
    </>
  );
  const className = `step ${look.filter(Boolean).join(" ")}`;
  if (!card.body) return <div className={className}>{content}</div>;
  return (
    <>
      <button
        type="button"
        className={className}
        aria-expanded={open}
        onClick={() => choose(!open)}
      >
        {content}
      </button>
      {card.under?.()}
      {open && (
        <Guard key={call.state} call={call}>
          {card.body()}
        </Guard>
      )}
    </>
  );
}

/** Time since the call began, or since it was first seen. */
function Ticking({ call }: { call: ToolCall }) {
  const now = useSeconds();
  const seen = useFirstSeen(`since ${call.id}`, now);
  return stopwatch(now - (call.startedAt ? Date.parse(call.startedAt) : seen));
}

function Failure({ call, card }: { call: ToolCall; card: Card }) {
  const [open, setOpen] = useKept(`failed ${call.id}`, false);
  const isNews = useIsNews(`told ${call.id}`, call.endedAt);
  return (
    <Notice
      tone="error"
      quiet={!isNews}
      glyph="error"
      title={
        <>
          {card.failure ?? "It didn’t work"}
          {!card.failure?.startsWith(card.object) && (
            <span className={`obj cut ${card.mono ? "mono" : ""}`}>{plain(card.object)}</span>
          )}
        </>
      }
      note={call.elapsedMs !== undefined && duration(call.elapsedMs)}
    >
      <p className="words">{visible(errorOf(call.result)) || "The tool said nothing."}</p>
      {card.body && (
        <button type="button" className="btn text sm more" onClick={() => setOpen(!open)}>
          {open ? "Hide the call" : "Show the call"}
        </button>
      )}
      {open && <JsonBody call={call} />}
    </Notice>
  );
}

/** A summary on its way, or one that did not come about: the conversation goes on without. */
function Summarising({ call }: { call: ToolCall }) {
  if (call.state === "error") {
    return (
      <Notice tone="warning" glyph="warn" title="Earlier messages were not summarised">
        <p className="words">{visible(errorOf(call.result))}</p>
      </Notice>
    );
  }
  return (
    <Notice glyph="run" title="Summarising earlier messages" note={<Ticking call={call} />}>
      <p>What was said stays readable above.</p>
    </Notice>
  );
}

/** The one state in which nobody knows: the person decides. */
function Unknown({ call, card, onSuggest }: Props & { card: Card }) {
  const [done, setDone] = useKept(`left ${call.id}`, false);
  if (done) return <Line call={{ ...call, state: "cancelled" }} card={{ ...card, verb: "Left" }} />;
  return (
    <Notice
      tone="unknown"
      glyph="warn"
      title="Outcome unknown"
      actions={
        <>
          <Button size="small" onClick={() => onSuggest(`Run it again: ${card.object}`)}>
            Run it again
          </Button>
          <Button size="small" onClick={() => setDone(true)}>
            Mark as done
          </Button>
        </>
      }
    >
      <p>
        The server restarted while this call was running. It may or may not have taken effect. It
        was not repeated.
      </p>
      <JsonBody call={{ ...call, result: undefined }} />
    </Notice>
  );
}

/** A body that throws gives way to the plain data. */
class Guard extends Component<{ call: ToolCall; children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? <JsonBody call={this.props.call} /> : this.props.children;
  }
}

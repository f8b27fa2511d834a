import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type ListRange, Virtuoso, type VirtuosoHandle } from "react-virtuoso";
import type { Chat, ChatStatus } from "@/api/generated/types";
import { Glyph } from "@/components/ui/glyph";
import { isTyping } from "@/lib/shortcuts";
import { isLine, type Row } from "@/stream/rows";
import type { Snapshot } from "@/stream/store";
import { useAccess } from "../sharing/access";
import { RowView } from "./row-view";
import { type Sending, type SendingState, wordsOf } from "./sending";
import { Tail } from "./tail";
import { useAim } from "./use-aim";
import { NEAR_END_PX, useFollow } from "./use-follow";

/** Indices may only grow to both sides: older pages go in front of this one. */
const FIRST = 1_000_000;
/** Longer nobody is kept from seeing the list. */
const SETTLE_MS_MAX = 500;

interface Props {
  chat: Chat;
  rows: Row[];
  snapshot: Snapshot;
  status: ChatStatus;
  sending: Sending;
  state: SendingState;
  onOlder: () => Promise<void>;
  onSuggest: (text: string) => void;
}

/** How many rows were put in front since the first rendering. */
function usePrepended(rows: readonly Row[]): number {
  const state = useRef({ key: "", at: 0, count: 0 });
  const before = state.current;
  // A day's row comes and goes with what is loaded: the first of the others stays what it is.
  const at = rows.findIndex((row) => row.kind !== "day");
  const key = rows[at]?.key ?? "";
  if (before.key !== key || before.at !== at) {
    const now = rows.findIndex((row) => row.key === before.key);
    const count = before.key && now >= 0 ? before.count + now - before.at : 0;
    state.current = { key, at, count };
  }
  return state.current.count;
}

export function Timeline(props: Props) {
  const { chat, rows, snapshot, status, sending, state, onOlder, onSuggest } = props;
  const { write } = useAccess(chat);
  const list = useRef<VirtuosoHandle>(null);
  const [atEnd, setAtEnd] = useState(true);
  const [seen, setSeen] = useState(rows.length);
  const [from, setFrom] = useState(FIRST);
  const [settled, settle] = useState(false);
  const prepended = usePrepended(rows);
  const first = FIRST - prepended;
  const top = from - first;

  useEffect(() => {
    if (atEnd) setSeen(rows.length);
  }, [atEnd, rows.length]);

  const { scroller, onHeight, release } = useFollow();
  const jump = useCallback(() => list.current?.scrollToIndex({ index: "LAST", align: "end" }), []);
  // Who sends something wants to see it.
  const sent = state.pending.length;
  const sentBefore = useRef(sent);
  useEffect(() => {
    if (sent > sentBefore.current) jump();
    sentBefore.current = sent;
  }, [sent, jump]);
  useEffect(() => {
    const onEnd = (event: KeyboardEvent) => {
      if (event.key === "End" && !isTyping(event.target)) jump();
    };
    window.addEventListener("keydown", onEnd);
    return () => window.removeEventListener("keydown", onEnd);
  }, [jump]);

  // The list begins at its top and is taken to the end, which nobody needs to see. Its own way to
  // begin at the end waits for a pause in the changes: a quick answer has none.
  const onRange = ({ startIndex, endIndex }: ListRange) => {
    setFrom(startIndex);
    if (endIndex - first >= rows.length - 1) settle(true);
  };
  // Whoever scrolls away in the first moment never gets there.
  useEffect(() => {
    const late = setTimeout(() => settle(true), SETTLE_MS_MAX);
    return () => clearTimeout(late);
  }, []);
  const atTop = settled && top === 0;
  useEffect(() => {
    if (atTop) void onOlder();
  }, [atTop, onOlder]);
  const aimed = useAim({ rows, snapshot, settled, onOlder }, (index) => {
    release();
    // Below the words of the turn, which stay at the top.
    list.current?.scrollToIndex({ index, align: "start", offset: -64 });
  });
  const stuck = useMemo(() => stuckTurn(rows, top), [rows, top]);
  const context = { snapshot, status, sending, state, chat };
  return (
    <div className={`timeline ${settled || rows.length === 0 ? "" : "settling"}`} id="timeline">
      {stuck && (
        <div className="stuck">
          <div className="column">
            <p className="cut">{stuck}</p>
          </div>
        </div>
      )}
      <Virtuoso
        ref={list}
        className="scroll"
        role="log"
        aria-label="Conversation"
        aria-live="off"
        tabIndex={0}
        data={rows}
        context={context}
        firstItemIndex={first}
        computeItemKey={(_, row) => row.key}
        scrollerRef={scroller}
        totalListHeightChanged={onHeight}
        atBottomThreshold={NEAR_END_PX}
        atBottomStateChange={setAtEnd}
        alignToBottom={false}
        increaseViewportBy={{ top: 600, bottom: 400 }}
        rangeChanged={onRange}
        itemContent={(index, row) => {
          const at = index - first;
          return (
            <div className={`column ${spacing(rows, at)} ${row.key === aimed ? "aimed" : ""}`}>
              <RowView
                row={row}
                first={at === 0 || rows[at - 1]?.kind === "day"}
                editable={write && !chat.archived}
                sending={sending}
                onSuggest={onSuggest}
              />
            </div>
          );
        }}
        components={PARTS}
      />
      {!atEnd && (
        <button type="button" className="sheet jump" onClick={jump}>
          <Glyph name="down" />
          {rows.length > seen ? `${rows.length - seen} new` : "Jump to latest"}
        </button>
      )}
    </div>
  );
}

export interface TailContext {
  snapshot: Snapshot;
  status: ChatStatus;
  sending: Sending;
  state: SendingState;
  chat: Chat;
}

const PARTS = {
  Header: ({ context }: { context?: TailContext }) => (
    <div className="column older">
      {context?.snapshot.loadingOlder && (
        <span className="line">
          <Glyph name="run" /> Loading earlier messages
        </span>
      )}
    </div>
  ),
  Footer: ({ context }: { context?: TailContext }) =>
    context ? (
      <div className="column tail">
        <Tail {...context} />
      </div>
    ) : null,
};

/** Machine lines touch; prose and machine lines keep their distance. */
function spacing(rows: readonly Row[], at: number): string {
  const row = rows[at];
  if (!isLine(row)) return "";
  const before = isLine(rows[at - 1]) ? "" : "steps-first";
  const after = isLine(rows[at + 1]) ? "" : "steps-last";
  return `${before} ${after}`;
}

/** The words of the turn whose own row has left the view. */
function stuckTurn(rows: readonly Row[], top: number): string | null {
  if (rows[top]?.kind === "user") return null;
  for (let at = Math.min(top, rows.length - 1); at >= 0; at -= 1) {
    const row = rows[at];
    if (row?.kind === "user") return wordsOf(row.message.content);
  }
  return null;
}

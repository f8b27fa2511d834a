import { type ReactNode, useRef, useState } from "react";
import type { BusyBehavior } from "@/api/generated/types";
import { Button, IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Action, type Busy } from "./action";
import { Attachments } from "./attachments";
import { useBusyChoice } from "./busy-choice";
import { useDrop } from "./drop";
import { Field } from "./field";
import { Counter, Invisible, Line } from "./lines";
import { ACCEPT } from "./media";
import { OBSTACLES, obstacle } from "./readiness";
import { type ComposerStore, useComposer } from "./store";

export interface Editing {
  /** What is lost, said above the text. */
  words: string;
  onCancel: () => void;
}

interface Props {
  store: ComposerStore;
  onSend: (behavior: BusyBehavior) => void;
  onStop?: () => void;
  /** ArrowUp in the empty field. */
  onRecall?: () => void;
  busy: Busy;
  sending: boolean;
  editing?: Editing | null;
  /** One line above the text: the queue is full, it came from a link. */
  warning?: ReactNode;
  placeholder: string;
  /** Controls left: model, effort. */
  controls?: ReactNode;
  /** Before the button: the context ring. */
  gauge?: ReactNode;
  autoFocus?: boolean;
  /** While what is written is on its way and stays in view. */
  locked?: boolean;
}

export function Composer(props: Props) {
  const { store, busy, sending, editing, warning } = props;
  const state = useComposer(store);
  const choice = useBusyChoice();
  const root = useRef<HTMLDivElement>(null);
  const [tried, setTried] = useState(false);
  const over = useDrop(root, store.addFiles);
  const blocked = obstacle(state);

  const send = (behavior: BusyBehavior) => {
    if (sending) return;
    setTried(blocked !== null);
    if (blocked === null) props.onSend(behavior);
  };
  const leave = () => {
    if (editing) editing.onCancel();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };
  const recall = () => {
    props.onRecall?.();
    return props.onRecall !== undefined;
  };
  return (
    <div className="composer" ref={root}>
      {warning && <Line>{warning}</Line>}
      <Invisible store={store} state={state} />
      {tried && blocked && blocked !== "empty" && <Line>{OBSTACLES[blocked]}.</Line>}
      {state.tooLongToKeep && <Line>This is too long to outlive the page. Send it first.</Line>}
      <div className={`box ${over ? "over" : ""}`}>
        {editing && <EditingLine editing={editing} />}
        <Attachments store={store} attachments={state.attachments} />
        <Field
          store={store}
          placeholder={over ? "Drop to attach" : props.placeholder}
          autoFocus={props.autoFocus ?? false}
          locked={props.locked ?? false}
          onMeaning={(meant) => {
            if (meant === "recall") return recall();
            if (meant === "leave") leave();
            else send(busy === "running" ? choice : "queue");
            return true;
          }}
        />
        <div className="ctl">
          <Attach onFiles={store.addFiles} />
          {/* An edit names neither model nor effort: a choice here would say what is not so. */}
          {!editing && props.controls}
          <span className="grow" />
          <Counter state={state} />
          {props.gauge}
          <Action
            busy={busy}
            sending={sending}
            editing={Boolean(editing)}
            obstacle={blocked}
            onSend={send}
            onStop={() => props.onStop?.()}
          />
        </div>
      </div>
    </div>
  );
}

function EditingLine({ editing }: { editing: Editing }) {
  return (
    <p className="box-line">
      <Glyph name="pen" /> {editing.words}
      <span className="grow" />
      <Button look="text" size="small" onClick={editing.onCancel}>
        Cancel
      </Button>
    </p>
  );
}

function Attach({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton glyph="clip" label="Attach files" onClick={() => input.current?.click()} />
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPT}
        aria-label="Files to attach"
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** In place of the composer where nobody can write: the reason, and one way out. */
export function CannotWrite({ reason, action }: { reason: ReactNode; action?: ReactNode }) {
  return (
    <div className="cannot">
      <span className="grow">{reason}</span>
      {action}
    </div>
  );
}

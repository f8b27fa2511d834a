import { type ReactNode, type Ref, useImperativeHandle, useRef } from "react";
import { Button } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { plural } from "@/lib/format";
import { invisibleCount, withoutInvisible } from "@/lib/plain";
import { Action, type Busy } from "./action";

/** Characters; the server's own limit is far above what anybody types. */
const CHARS_MAX = 128 * 1024;
const COUNTER_FROM = 0.9;

export interface ComposerHandle {
  focus: () => void;
}

export interface Editing {
  /** What is lost, said above the text. */
  words: string;
  onCancel: () => void;
}

interface Props {
  text: string;
  onText: (text: string) => void;
  onSend: (behavior: "queue" | "interrupt") => void;
  onStop?: () => void;
  /** ArrowUp in the empty field. */
  onRecall?: () => void;
  busy: Busy;
  sending: boolean;
  editing?: Editing | null;
  /** One line above the text: the queue is full, it came from a link. */
  warning?: ReactNode;
  placeholder: string;
  /** Controls left: model, workspace. */
  controls?: ReactNode;
  /** Before the button: the context ring. */
  gauge?: ReactNode;
  autoFocus?: boolean;
  handle?: Ref<ComposerHandle>;
}

export function Composer(props: Props) {
  const { text, onText, onSend, busy, sending, editing, placeholder } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  useImperativeHandle(props.handle, () => ({ focus: () => field.current?.focus() }), []);
  const hasText = text.trim() !== "";
  const send = (behavior: "queue" | "interrupt") => {
    if (hasText && !sending && text.length <= CHARS_MAX) onSend(behavior);
  };
  const hidden = invisibleCount(text);
  return (
    <div className="composer">
      {props.warning && (
        <p className="composer-line warn" role="status">
          <Glyph name="warn" /> {props.warning}
        </p>
      )}
      {hidden > 0 && (
        <p className="composer-line warn" role="status">
          <Glyph name="warn" /> {plural(hidden, "invisible character")} will not be sent.
          <span className="grow" />
          <Button look="text" size="small" onClick={() => onText(withoutInvisible(text))}>
            Remove them
          </Button>
        </p>
      )}
      <div className="box">
        {editing && (
          <p className="box-line">
            <Glyph name="pen" /> {editing.words}
            <span className="grow" />
            <Button look="text" size="small" onClick={editing.onCancel}>
              Cancel
            </Button>
          </p>
        )}
        <div className="grower" data-text={`${text}\n`}>
          <textarea
            ref={field}
            id="composer"
            className="field"
            rows={1}
            aria-label="Message"
            placeholder={placeholder}
            value={text}
            dir="auto"
            // biome-ignore lint/a11y/noAutofocus: the page is for typing here
            autoFocus={props.autoFocus}
            onChange={(event) => onText(event.target.value)}
            onKeyDown={(event) => {
              // Enter that ends a composition is not ours.
              if (event.nativeEvent.isComposing || event.keyCode === 229) return;
              const touch = matchMedia("(pointer: coarse)").matches;
              if (event.key === "Enter" && !event.shiftKey && !touch) {
                event.preventDefault();
                send("queue");
              } else if (event.key === "ArrowUp" && text === "" && props.onRecall) {
                event.preventDefault();
                props.onRecall();
              } else if (event.key === "Escape") {
                if (editing) editing.onCancel();
                else field.current?.blur();
              }
            }}
          />
        </div>
        <div className="ctl">
          {props.controls}
          <span className="grow" />
          {text.length > CHARS_MAX * COUNTER_FROM && (
            <span className={`num ${text.length > CHARS_MAX ? "bad" : "q"}`}>
              {text.length.toLocaleString("en-US")} of {CHARS_MAX.toLocaleString("en-US")}
            </span>
          )}
          {props.gauge}
          <Action
            busy={busy}
            sending={sending}
            editing={Boolean(editing)}
            hasText={hasText}
            onSend={send}
            onStop={() => props.onStop?.()}
          />
        </div>
      </div>
    </div>
  );
}

/** In place of the composer where nobody can write: the reason, and one way out. */
export function CannotWrite({ reason, action }: { reason: string; action?: ReactNode }) {
  return (
    <div className="cannot">
      <span className="grow">{reason}</span>
      {action}
    </div>
  );
}

import { Button, IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuItem } from "@/components/ui/menu";

export type Busy = "idle" | "running" | "stopping";

interface Props {
  busy: Busy;
  sending: boolean;
  editing: boolean;
  hasText: boolean;
  onSend: (behavior: "queue" | "interrupt") => void;
  onStop: () => void;
}

/** The one button at the end of the composer. It always says what Enter would do. */
export function Action({ busy, sending, editing, hasText, onSend, onStop }: Props) {
  if (sending) {
    return (
      <button type="button" className="btn ico" disabled aria-label="Sending">
        <Glyph name="run" />
      </button>
    );
  }
  if (editing) {
    return (
      <Button look="primary" disabled={!hasText} onClick={() => onSend("queue")}>
        Restart from here
      </Button>
    );
  }
  if (busy === "running" && hasText) {
    return (
      <span className="split">
        <Button onClick={() => onSend("queue")}>Queue</Button>
        <Menu
          align="end"
          side="top"
          label="How to send"
          trigger={
            <button type="button" className="btn ico" aria-label="Other ways to send">
              <Glyph name="down" />
            </button>
          }
        >
          <MenuItem onSelect={() => onSend("queue")} note="It runs after the current step of work.">
            Queue
          </MenuItem>
          <MenuItem onSelect={() => onSend("interrupt")} note="The current work is stopped.">
            Interrupt and send
          </MenuItem>
        </Menu>
      </span>
    );
  }
  if (busy === "running") {
    return (
      <IconButton
        glyph="stop"
        label="Stop"
        keys="Ctrl ."
        className="outlined"
        onClick={onStop}
        data-stop
      />
    );
  }
  if (busy === "stopping") {
    return (
      <Button disabled>
        <Glyph name="stopping" /> Stopping
      </Button>
    );
  }
  return (
    <button
      type="button"
      className={`btn ico ${hasText ? "pri" : ""}`}
      disabled={!hasText}
      aria-label="Send"
      onClick={() => onSend("queue")}
    >
      <Glyph name="send" />
    </button>
  );
}

import type { BusyBehavior } from "@/api/generated/types";
import { Button, IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuItem } from "@/components/ui/menu";
import { chooseBusy, useBusyChoice } from "./busy-choice";
import { OBSTACLES, type Obstacle } from "./readiness";

export type Busy = "idle" | "running" | "stopping";

interface Props {
  busy: Busy;
  sending: boolean;
  editing: boolean;
  obstacle: Obstacle | null;
  onSend: (behavior: BusyBehavior) => void;
  onStop: () => void;
}

/** The one button at the end of the composer. It always says what Enter would do. */
export function Action({ busy, sending, editing, obstacle, onSend, onStop }: Props) {
  const blocked = obstacle !== null;
  const why = obstacle && obstacle !== "empty" ? OBSTACLES[obstacle] : undefined;
  if (sending) {
    return (
      <button type="button" className="btn ico" disabled aria-label="Sending">
        <Glyph name="run" />
      </button>
    );
  }
  if (editing) {
    return (
      <Button look="primary" disabled={blocked} title={why} onClick={() => onSend("queue")}>
        Restart from here
      </Button>
    );
  }
  if (busy === "running" && obstacle !== "empty") {
    return <WhileRunning blocked={blocked} why={why} onSend={onSend} onStop={onStop} />;
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
  if (busy === "stopping" && obstacle === "empty") {
    return (
      <Button disabled>
        <Glyph name="stopping" /> Stopping
      </Button>
    );
  }
  return (
    <button
      type="button"
      className={`btn ico ${blocked ? "" : "pri"}`}
      disabled={blocked}
      aria-label={why ?? "Send"}
      title={why}
      onClick={() => onSend("queue")}
    >
      <Glyph name="send" />
    </button>
  );
}

interface RunningProps {
  blocked: boolean;
  why: string | undefined;
  onSend: (behavior: BusyBehavior) => void;
  onStop: () => void;
}

const WORDS: Record<BusyBehavior, string> = { queue: "Queue", interrupt: "Interrupt and send" };

function WhileRunning({ blocked, why, onSend, onStop }: RunningProps) {
  const choice = useBusyChoice();
  const choose = (behavior: BusyBehavior) => {
    chooseBusy(behavior);
    if (!blocked) onSend(behavior);
  };
  return (
    <span className="split">
      <Button disabled={blocked} title={why} onClick={() => onSend(choice)}>
        {WORDS[choice]}
      </Button>
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
        <MenuItem onSelect={() => choose("queue")} note="It is sent when the current work is done.">
          Queue
        </MenuItem>
        <MenuItem onSelect={() => choose("interrupt")} note="The current work is stopped.">
          Interrupt and send
        </MenuItem>
        <MenuItem onSelect={onStop} note="What is written stays.">
          Stop
        </MenuItem>
      </Menu>
      {/* For the key alone. */}
      <button type="button" hidden data-stop onClick={onStop} />
    </span>
  );
}

import { type ReactNode, useMemo, useState } from "react";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { ansi, lastWritten, withoutAnsi } from "@/lib/ansi";
import { visible } from "@/lib/plain";
import { save } from "@/lib/save";

const LINES_MAX = 200;
const LIVE_LINES = 6;
const LINE_CHARS_MAX = 5_000;

interface Props {
  command?: string;
  output: string;
  /** Only the last lines, while it runs. */
  live?: boolean;
  foot?: ReactNode;
  /** What stands where there is no output. */
  none?: string;
}

function tail(text: string, lines: number) {
  const whole = text.replace(/\r?\n$/, "").split("\n");
  let cut = false;
  const shown = whole.slice(-lines).map((line) => {
    // What was written over counts for nothing, however long.
    const last = lastWritten(line);
    if (last.length <= LINE_CHARS_MAX) return last;
    cut = true;
    return `${last.slice(0, LINE_CHARS_MAX)} … cut`;
  });
  return { shown: shown.join("\n"), all: whole.length, cut };
}

/** Output of a command, in our colours. */
export function Terminal({ command, output, live = false, foot, none = "No output" }: Props) {
  const [more, setMore] = useState(false);
  const most = live ? (more ? LINES_MAX : LIVE_LINES) : more ? Number.POSITIVE_INFINITY : LINES_MAX;
  const { shown, all, cut } = useMemo(() => tail(output, most), [output, most]);
  const spans = useMemo(() => ansi(shown), [shown]);
  const hidden = all > most;
  return (
    <div className="body">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <pre className="term" tabIndex={0}>
        {command && (
          <span className="cmd">
            {visible(command)}
            {"\n"}
          </span>
        )}
        {spans.map((span, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other identity
          <span key={at} className={span.look || undefined}>
            {visible(span.text)}
          </span>
        ))}
        {!output && !live && <span className="q">{none}</span>}
      </pre>
      {(!live || hidden || cut) && (
        <div className="meta">
          {foot}
          {hidden && (
            <span>
              last {most} of {all} lines
            </span>
          )}
          {hidden && (!live || !more) && (
            <Button look="text" size="small" onClick={() => setMore(true)}>
              {live ? "Show more" : "Show all"}
            </Button>
          )}
          {cut && (
            <Button
              look="text"
              size="small"
              onClick={() => save("output.txt", withoutAnsi(output))}
            >
              Download whole lines
            </Button>
          )}
          <span className="grow" />
          {!live && command && (
            <CopyButton text={command} label="Copy command" words="Copy command" />
          )}
          {!live && output && (
            <CopyButton text={() => withoutAnsi(output)} label="Copy output" words="Copy output" />
          )}
        </div>
      )}
    </div>
  );
}

import { type ReactNode, useMemo, useState } from "react";
import { CopyButton } from "@/components/copy-button";
import { Button } from "@/components/ui/button";
import { ansi, withoutAnsi } from "@/lib/ansi";
import { visible } from "@/lib/plain";

const LINES_MAX = 200;
const LIVE_LINES = 6;
const LINE_CHARS_MAX = 5_000;

interface Props {
  command?: string;
  output: string;
  /** Only the last lines, while it runs. */
  live?: boolean;
  foot?: ReactNode;
}

function tail(text: string, lines: number): { shown: string; all: number } {
  const whole = text.replace(/\n$/, "").split("\n");
  const shown = whole.slice(-lines).map((line) => line.slice(0, LINE_CHARS_MAX));
  return { shown: shown.join("\n"), all: whole.length };
}

/** Output of a command, in our colours. */
export function Terminal({ command, output, live = false, foot }: Props) {
  const [whole, setWhole] = useState(false);
  const most = live ? LIVE_LINES : whole ? Number.POSITIVE_INFINITY : LINES_MAX;
  const { shown, all } = useMemo(() => tail(output, most), [output, most]);
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
        {!output && !live && <span className="q">No output</span>}
      </pre>
      {!live && (
        <div className="meta">
          {foot}
          {hidden && (
            <span>
              last {LINES_MAX} of {all} lines
            </span>
          )}
          {hidden && (
            <Button look="text" size="small" onClick={() => setWhole(true)}>
              Show all
            </Button>
          )}
          <span className="grow" />
          {command && <CopyButton text={command} label="Copy command" words="Copy command" />}
          {output && (
            <CopyButton text={() => withoutAnsi(output)} label="Copy output" words="Copy output" />
          )}
        </div>
      )}
    </div>
  );
}

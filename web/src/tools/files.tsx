import { useMemo, useRef, useState } from "react";
import { Counts, DiffView } from "@/components/diff-view";
import { Pieces } from "@/components/markdown/code-block";
import { Button } from "@/components/ui/button";
import { type FileDiff, newFile } from "@/lib/diff";
import { plural } from "@/lib/format";
import { languageOf } from "@/lib/highlight";
import { tilde } from "@/lib/paths";
import { visible } from "@/lib/plain";
import { useHighlight } from "@/lib/use-highlight";
import type { ToolCall } from "@/stream/rows";
import { arg, type Card, fields, number, tense, text } from "./card";
import { Refer } from "./refer";

const LINES_MAX = 400;

interface Numbered {
  number: string;
  text: string;
}

/** `12⇥text` as the tool gives it. */
function numbered(content: string): Numbered[] {
  const lines = content.replace(/\n$/, "").split("\n");
  return lines.map((line) => {
    const tab = line.indexOf("\t");
    const number = tab < 0 ? "" : line.slice(0, tab).trim();
    return /^\d+$/.test(number)
      ? { number, text: line.slice(tab + 1) }
      : { number: "", text: line };
  });
}

function Content({ content, path }: { content: string; path: string }) {
  const [whole, setWhole] = useState(false);
  const all = useMemo(() => numbered(visible(content)), [content]);
  const lines = whole ? all : all.slice(0, LINES_MAX);
  const code = lines.map((line) => line.text).join("\n");
  const coloured = useHighlight(code, languageOf(path));
  const source = useRef<HTMLElement>(null);
  const given = lines.map((line) => ({
    number: line.number === "" ? null : Number(line.number),
    text: line.text,
  }));
  return (
    <div className="body">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <section ref={source} className="diff source" tabIndex={0} aria-label={`Content of ${path}`}>
        <div className="diff-in">
          {lines.map((line, at) => {
            const pieces = coloured?.[at];
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
              <div className="r one" key={at} data-line={at}>
                <span className="ln">{line.number}</span>
                <span />
                <span className="tx">{pieces ? <Pieces line={pieces} /> : line.text}</span>
              </div>
            );
          })}
        </div>
      </section>
      {lines.length < all.length && (
        <div className="meta">
          <span>
            first {lines.length} of {all.length} lines
          </span>
          <Button look="text" size="small" onClick={() => setWhole(true)}>
            Show more
          </Button>
        </div>
      )}
      <Refer path={path} lines={given} source={source} />
    </div>
  );
}

export function readFile(call: ToolCall): Card {
  const path = arg(call, "path");
  const result = fields(call.result);
  const read = number(result.lines_read);
  const total = number(result.total_lines);
  const from = number(fields(call.args).offset) ?? 1;
  const part = read !== undefined && total !== undefined && read < total;
  const content = text(result.content);
  return {
    verb: tense(call, ["Reading", "Reading", "Read"]),
    object: tilde(path) || "a file",
    mono: true,
    note: part ? `lines ${from}–${from + read - 1}` : read !== undefined && plural(read, "line"),
    body: content ? () => <Content content={content} path={path} /> : undefined,
    failure: "File wasn’t read",
  };
}

/** Enough to see what is being written. */
const PENDING_LINES = 12;

function Written({ file, live }: { file: FileDiff; live: boolean }) {
  const [whole, setWhole] = useState(false);
  const { lines } = file;
  const shown = whole ? lines : live ? lines.slice(-PENDING_LINES) : lines.slice(0, LINES_MAX);
  return (
    <div className="body">
      <DiffView file={{ ...file, lines: shown }} />
      {shown.length < lines.length && (
        <div className="meta">
          <span>
            {live ? "last" : "first"} {shown.length} of {lines.length} lines
          </span>
          <Button look="text" size="small" onClick={() => setWhole(true)}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}

export function writeFile(call: ToolCall): Card {
  const path = arg(call, "path");
  const file = newFile(path, arg(call, "content"));
  const live = call.state === "pending" || call.state === "running";
  return {
    verb: tense(call, ["Writing", "Writing", "Wrote"]),
    object: tilde(path) || "a file",
    mono: true,
    note: file.added > 0 && <Counts added={file.added} deleted={0} />,
    open: live,
    body: file.added > 0 ? () => <Written file={file} live={live} /> : undefined,
    failure: "File wasn’t written",
  };
}

import { useRef } from "react";
import { Pieces } from "@/components/markdown/code-block";
import { bytes, plural } from "@/lib/format";
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
  const lines = content.replace(/\n$/, "").split("\n").slice(0, LINES_MAX);
  return lines.map((line) => {
    const tab = line.indexOf("\t");
    const number = tab < 0 ? "" : line.slice(0, tab).trim();
    return /^\d+$/.test(number)
      ? { number, text: line.slice(tab + 1) }
      : { number: "", text: line };
  });
}

function Content({ content, path }: { content: string; path: string }) {
  const lines = numbered(visible(content));
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

export function writeFile(call: ToolCall): Card {
  const path = arg(call, "path");
  const content = arg(call, "content");
  const size = bytes(new TextEncoder().encode(content).length);
  return {
    verb: tense(call, ["Writing", "Writing", "Wrote"]),
    object: tilde(path) || "a file",
    mono: true,
    note: content && (call.state === "pending" ? `${size} so far` : size),
    body: content ? () => <Content content={content} path={path} /> : undefined,
    failure: "File wasn’t written",
  };
}

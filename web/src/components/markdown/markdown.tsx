import type { Token, Tokens } from "marked";
import { memo, useMemo, useState } from "react";
import { GrowingMarkdown } from "@/lib/growing-markdown";
import { blocks } from "@/lib/markdown";
import { visible } from "@/lib/plain";
import { CodeBlock } from "./code-block";
import { Inline } from "./inline";

interface Props {
  text: string;
  /** Whether it is still written. */
  live?: boolean;
}

/** The agent's prose. */
export const Markdown = memo(function Markdown({ text, live = false }: Props) {
  const [growing] = useState(() => new GrowingMarkdown());
  const all = useMemo(() => (live ? growing.blocks(text) : blocks(text)), [text, live, growing]);
  return (
    <>
      {all.map((token, at) => (
        <Block
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks only grow at the end
          key={at}
          raw={token.raw}
          token={token}
          live={live && at === all.length - 1}
        />
      ))}
    </>
  );
});

interface BlockProps {
  /** The source: equal source is equal output, so finished blocks are not made again. */
  raw: string;
  token: Token;
  live: boolean;
}

const Block = memo(
  function Block({ token, live }: BlockProps) {
    return block(token, live);
  },
  (before, after) => before.raw === after.raw && before.live === after.live,
);

function Children({ tokens }: { tokens: Token[] }) {
  return tokens.map((token, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other identity
    <Block key={at} raw={token.raw} token={token} live={false} />
  ));
}

function block(token: Token, live: boolean) {
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return null;
    case "paragraph":
      return (
        <p dir="auto">
          <Inline tokens={token.tokens} />
        </p>
      );
    case "text":
      return token.tokens ? <Inline tokens={token.tokens} /> : <p>{visible(token.text)}</p>;
    case "heading":
      return <Heading token={token as Tokens.Heading} />;
    case "code":
      return <CodeBlock code={token.text} language={token.lang ?? ""} live={live} />;
    case "blockquote":
      return (
        <blockquote>
          <Children tokens={token.tokens ?? []} />
        </blockquote>
      );
    case "list":
      return <List token={token as Tokens.List} />;
    case "table":
      return <Table token={token as Tokens.Table} />;
    case "hr":
      return <hr />;
    default:
      // Raw HTML and whatever else there is: as it is written.
      return <p className="raw">{visible(token.raw)}</p>;
  }
}

/** The page has its own heads; those of a text stand below them. */
function Heading({ token }: { token: Tokens.Heading }) {
  const level = Math.min(token.depth + 2, 6);
  return (
    <h3 aria-level={level} className={token.depth < 3 ? "big" : ""}>
      <Inline tokens={token.tokens} />
    </h3>
  );
}

function List({ token }: { token: Tokens.List }) {
  const items = token.items.map((item, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: items have no other identity
    <li key={at} className={item.task ? "task" : ""}>
      {item.task && (
        <input type="checkbox" checked={item.checked ?? false} readOnly aria-label="Done" />
      )}
      <Children tokens={item.tokens} />
    </li>
  ));
  if (!token.ordered) return <ul>{items}</ul>;
  return <ol start={typeof token.start === "number" ? token.start : 1}>{items}</ol>;
}

function Table({ token }: { token: Tokens.Table }) {
  const align = (cell: Tokens.TableCell) => ({ textAlign: cell.align ?? undefined }) as const;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys
    <section className="table-scroll" tabIndex={0} aria-label="Table">
      <table>
        <thead>
          <tr>
            {token.header.map((cell, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity
              <th key={at} style={align(cell)}>
                <Inline tokens={cell.tokens} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, line) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other identity
            <tr key={line}>
              {row.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells have no other identity
                <td key={at} style={align(cell)}>
                  <Inline tokens={cell.tokens} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

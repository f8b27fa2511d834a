import { memo } from "react";
import { languageNamed, type Piece } from "@/lib/highlight";
import { visible } from "@/lib/plain";
import { useHighlight } from "@/lib/use-highlight";
import { CopyButton } from "../copy-button";

interface Props {
  code: string;
  language: string;
  live?: boolean;
}

export function Pieces({ line }: { line: Piece[] }) {
  return line.map((piece, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other identity
    <span key={at} className={piece.role || undefined}>
      {piece.text}
    </span>
  ));
}

/** A fenced block. It is coloured when it is finished. */
export const CodeBlock = memo(function CodeBlock({ code, language, live = false }: Props) {
  const text = visible(code);
  const lines = useHighlight(text, live ? null : languageNamed(language));
  return (
    <figure className="code-block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keys */}
      <pre tabIndex={0}>
        {lines
          ? lines.map((line, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
              <span key={at}>
                <Pieces line={line} />
                {"\n"}
              </span>
            ))
          : text}
      </pre>
      {!live && <CopyButton text={code} label="Copy code" />}
    </figure>
  );
});

import type { ChatMessagePart, QueuedMessage } from "@/api/generated/types";
import { referenceName } from "@/components/composer/content";
import { Button, IconButton } from "@/components/ui/button";
import { Glyph } from "@/components/ui/glyph";
import { useKnownFiles } from "@/lib/known-files";
import { plain } from "@/lib/plain";
import type { Sending } from "./sending";

/** What waits behind the running turn, in order. */
export function Queue({ items, sending }: { items: readonly QueuedMessage[]; sending: Sending }) {
  return (
    <ol className="queue" aria-label="Queued messages">
      {items.map((item, at) => (
        <li key={item.id}>
          <span className="k">{at + 1}</span>
          <span className="cut grow" dir="auto">
            {item.content.map((part, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
              <Piece key={index} part={part} />
            ))}
          </span>
          <span className="q queued">Queued</span>
          <span className="queue-acts">
            <Button look="text" size="small" onClick={() => sending.promote(item)}>
              Send now
            </Button>
            <IconButton glyph="pen" label="Edit" size="small" onClick={() => sending.take(item)} />
            <IconButton
              glyph="close"
              label="Remove"
              size="small"
              onClick={() => void sending.remove(item).catch(() => {})}
            />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** One line holds it all: what does not fit is cut. */
function Piece({ part }: { part: ChatMessagePart }) {
  const lookup = useKnownFiles();
  switch (part.type) {
    case "text":
      return `${plain(part.text)} `;
    case "file-reference":
      return <Chip words={plain(referenceName(part))} />;
    case "file":
      return <Chip words={plain(lookup(part.file_id ?? "")?.name ?? part.media_type)} />;
    default:
      return null;
  }
}

function Chip({ words }: { words: string }) {
  return (
    <>
      <span className="chip ref">
        <Glyph name="file" />
        {words}
      </span>{" "}
    </>
  );
}

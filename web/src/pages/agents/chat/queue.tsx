import type { QueuedMessage } from "@/api/generated/types";
import { Button, IconButton } from "@/components/ui/button";
import { plain } from "@/lib/plain";
import { type Sending, wordsOf } from "./sending";

/** What waits behind the running turn, in order. */
export function Queue({ items, sending }: { items: readonly QueuedMessage[]; sending: Sending }) {
  return (
    <ol className="queue" aria-label="Queued messages">
      {items.map((item, at) => (
        <li key={item.id}>
          <span className="k">{at + 1}</span>
          <span className="cut grow" dir="auto">
            {plain(wordsOf(item.content)) || "Attachments"}
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

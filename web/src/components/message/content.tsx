import { useState } from "react";
import type { ChatMessagePart } from "@/api/generated/types";
import { referenceName } from "@/components/composer/content";
import { TextDialog } from "@/components/files/text-dialog";
import { Glyph } from "@/components/ui/glyph";
import { plain, visible } from "@/lib/plain";
import { MessageFiles } from "./files";

type Reference = Extract<ChatMessagePart, { type: "file-reference" }>;

/** What a person wrote: words with references in their place, then the files. */
export function MessageContent({
  parts,
  className = "",
}: {
  parts: readonly ChatMessagePart[];
  className?: string;
}) {
  const [open, setOpen] = useState<Reference | null>(null);
  const words = parts.filter((part) => part.type === "text" || part.type === "file-reference");
  return (
    <>
      {words.length > 0 && (
        <p className={`said ${className}`} dir="auto">
          {words.map((part, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity
            <Word key={at} part={part} before={words[at - 1]} onOpen={setOpen} />
          ))}
        </p>
      )}
      <MessageFiles parts={parts} />
      {open && (
        <TextDialog
          title={referenceName(open)}
          id={`${open.file_name}:${open.start_line}-${open.end_line}:${open.content.length}`}
          load={() => open.content}
          onClose={() => setOpen(null)}
        />
      )}
    </>
  );
}

interface WordProps {
  part: ChatMessagePart;
  before: ChatMessagePart | undefined;
  onOpen: (reference: Reference) => void;
}

/** Texts are stored without the white space around them. */
function Word({ part, before, onOpen }: WordProps) {
  const gap = before === undefined ? "" : before.type === part.type ? "\n\n" : " ";
  if (part.type === "text") return gap + visible(part.text);
  if (part.type !== "file-reference") return null;
  return (
    <>
      {gap && " "}
      <button
        type="button"
        className="chip ref"
        title={plain(part.file_name)}
        onClick={() => onOpen(part)}
      >
        <Glyph name="file" />
        {plain(referenceName(part))}
      </button>
    </>
  );
}

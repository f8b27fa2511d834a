import { useState } from "react";
import { fileText } from "@/api/files";
import { Lightbox, type Picture } from "@/components/files/lightbox";
import { TextDialog } from "@/components/files/text-dialog";
import { Button } from "@/components/ui/button";
import { complain } from "@/components/ui/toast";
import { plain } from "@/lib/plain";
import { type Attachment, pictureOf } from "./attachment";
import { AttachmentChip } from "./attachment-chip";
import { CHARS_MAX } from "./limits";
import { isImage } from "./media";
import type { ComposerStore } from "./store";

async function textOf({ blob, fileId }: Attachment): Promise<string> {
  if (blob) return blob.text();
  return fileId === null ? "" : fileText(fileId);
}

interface Props {
  store: ComposerStore;
  attachments: readonly Attachment[];
}

/** What goes with the message, above its words. */
export function Attachments({ store, attachments }: Props) {
  const [picture, showPicture] = useState<string | null>(null);
  const [text, showText] = useState<Attachment | null>(null);
  if (attachments.length === 0) return null;
  const shown = attachments.filter((one) => isImage(one.mediaType) && pictureOf(one));
  const pictures = shown.map(
    (one): Picture => ({ name: plain(one.name), address: pictureOf(one) ?? "" }),
  );
  const at = shown.findIndex((one) => one.id === picture);
  const insert = async (one: Attachment) => {
    try {
      const words = await textOf(one);
      store.remove(one.id);
      store.insertText(words);
      store.focus();
    } catch (error) {
      complain("Not inserted.", error);
    }
  };
  return (
    <>
      <ul className="chips" aria-label="Attachments">
        {attachments.map((one) => (
          <li key={one.id}>
            <AttachmentChip
              attachment={one}
              onRemove={() => store.remove(one.id)}
              onRetry={() => store.retry(one.id)}
              onPicture={() => showPicture(one.id)}
              onText={() => showText(one)}
              onInsert={one.size <= CHARS_MAX ? () => void insert(one) : null}
            />
          </li>
        ))}
      </ul>
      <Lightbox
        pictures={pictures}
        at={at < 0 ? null : at}
        onAt={(next) => showPicture(next === null ? null : (shown[next]?.id ?? null))}
      />
      {text && (
        <TextDialog
          title={text.name}
          id={text.fileId ?? text.id}
          load={() => textOf(text)}
          onClose={() => showText(null)}
          actions={
            text.size <= CHARS_MAX && (
              <Button
                size="small"
                onClick={() => {
                  showText(null);
                  void insert(text);
                }}
              >
                Insert as text
              </Button>
            )
          }
        />
      )}
    </>
  );
}

import { useState } from "react";
import { fileAddress, fileText } from "@/api/files";
import type { ChatMessagePart } from "@/api/generated/types";
import { isImage, isText } from "@/components/composer/media";
import { Lightbox, type Picture } from "@/components/files/lightbox";
import { TextDialog } from "@/components/files/text-dialog";
import { Glyph } from "@/components/ui/glyph";
import { bytes } from "@/lib/format";
import { useKnownFiles } from "@/lib/known-files";
import { plain } from "@/lib/plain";

interface Item {
  fileId: string;
  name: string;
  mediaType: string;
  size: number;
}

/** Pictures as thumbnails that open large, everything else as a chip. */
export function MessageFiles({ parts }: { parts: readonly ChatMessagePart[] }) {
  const [at, setAt] = useState<number | null>(null);
  const [text, setText] = useState<Item | null>(null);
  const lookup = useKnownFiles();
  const items = parts.flatMap((part): Item[] => {
    if (part.type !== "file" || !part.file_id) return [];
    const known = lookup(part.file_id);
    const name = plain(known?.name ?? "") || part.media_type;
    return [{ fileId: part.file_id, name, mediaType: part.media_type, size: known?.size ?? 0 }];
  });
  const images = items.filter((item) => isImage(item.mediaType));
  const others = items.filter((item) => !isImage(item.mediaType));
  if (items.length === 0) return null;
  const pictures = images.map(
    ({ name, fileId }): Picture => ({ name, address: fileAddress(fileId) }),
  );
  return (
    <>
      {images.length > 0 && (
        <ul className="thumbs" aria-label="Pictures">
          {images.map((item, index) => (
            <li key={item.fileId}>
              <Thumb item={item} onOpen={() => setAt(index)} />
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <ul className="chips" aria-label="Files">
          {others.map((item) => (
            <li key={item.fileId}>
              <FileChip item={item} onText={() => setText(item)} />
            </li>
          ))}
        </ul>
      )}
      <Lightbox pictures={pictures} at={at} onAt={setAt} />
      {text && (
        <TextDialog
          title={text.name}
          id={text.fileId}
          load={() => fileText(text.fileId)}
          onClose={() => setText(null)}
        />
      )}
    </>
  );
}

/** A fixed size: a picture that loads late moves nothing. */
function Thumb({ item, onOpen }: { item: Item; onOpen: () => void }) {
  const [gone, setGone] = useState(false);
  if (gone) {
    return (
      <span className="thumb gone" title={item.name}>
        <Glyph name="file" />
        <span className="cut">No longer kept</span>
      </span>
    );
  }
  return (
    <button type="button" className="thumb" onClick={onOpen} title={item.name}>
      <img
        src={fileAddress(item.fileId)}
        alt={item.name}
        loading="lazy"
        onError={() => setGone(true)}
      />
    </button>
  );
}

function FileChip({ item, onText }: { item: Item; onText: () => void }) {
  const about = item.size > 0 ? `${item.name}, ${bytes(item.size)}` : item.name;
  const words = (
    <>
      <Glyph name="file" />
      <span className="cut">{item.name}</span>
    </>
  );
  if (isText(item.mediaType)) {
    return (
      <button type="button" className="chip" title={about} onClick={onText}>
        {words}
      </button>
    );
  }
  return (
    <a className="chip" title={about} href={fileAddress(item.fileId)} download={item.name}>
      {words}
    </a>
  );
}

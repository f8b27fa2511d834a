import { Glyph } from "@/components/ui/glyph";
import { Menu, MenuItem } from "@/components/ui/menu";
import { Tip } from "@/components/ui/tooltip";
import { bytes } from "@/lib/format";
import { plain } from "@/lib/plain";
import { type Attachment, pictureOf } from "./attachment";
import { isImage, isText } from "./media";

interface Props {
  attachment: Attachment;
  onRemove: () => void;
  onRetry: () => void;
  onPicture: () => void;
  onText: () => void;
  /** Null where the text is too long for the field. */
  onInsert: (() => void) | null;
}

export function AttachmentChip(props: Props) {
  const { attachment, onRemove, onRetry } = props;
  const { state, error, blob } = attachment;
  const name = plain(attachment.name);
  if (state === "failed") {
    return (
      <span className="chip wrong" role="alert">
        <Glyph name="error" className="bad" />
        <span className="chip-words">
          {name} <span className="chip-why">{error}</span>
        </span>
        {blob && (
          <button type="button" className="chip-act" onClick={onRetry}>
            Try again<span className="vh"> {name}</span>
          </button>
        )}
        <Remove name={`Remove ${name}`} onClick={onRemove} />
      </span>
    );
  }
  if (state === "uploading") {
    const percent = Math.floor(attachment.progress * 100);
    return (
      <span className="chip">
        <Glyph name="run" />
        <span className="cut">{name}</span>
        <span className="num" role="progressbar" aria-label={name} aria-valuenow={percent}>
          {percent} %
        </span>
        <Remove name={`Cancel ${name}`} onClick={onRemove} />
      </span>
    );
  }
  return (
    <span className={`chip ${isImage(attachment.mediaType) ? "pictured" : ""}`}>
      <Ready {...props} name={name} />
      <Remove name={`Remove ${name}`} onClick={onRemove} />
    </span>
  );
}

/** What was sent can be looked at. */
function Ready({ attachment, name, onPicture, onText, onInsert }: Props & { name: string }) {
  const { mediaType, size } = attachment;
  const about = size > 0 ? `${name}, ${bytes(size)}` : name;
  if (isImage(mediaType)) {
    return (
      <Tip text={about}>
        <button type="button" className="chip-main" onClick={onPicture}>
          <img className="chip-thumb" src={pictureOf(attachment) ?? ""} alt="" />
          <span className="cut">{name}</span>
        </button>
      </Tip>
    );
  }
  if (!isText(mediaType)) {
    return (
      <span className="chip-main" title={about}>
        <Glyph name="file" />
        <span className="cut">{name}</span>
      </span>
    );
  }
  return (
    <Menu
      side="top"
      label={name}
      trigger={
        <button type="button" className="chip-main" title={about}>
          <Glyph name="file" />
          <span className="cut">{name}</span>
        </button>
      }
    >
      <MenuItem onSelect={() => setTimeout(onText)}>Preview</MenuItem>
      <MenuItem
        disabled={onInsert === null}
        note={onInsert === null ? "It is too long for the field." : undefined}
        onSelect={() => setTimeout(() => onInsert?.())}
      >
        Insert as text
      </MenuItem>
    </Menu>
  );
}

function Remove({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <button type="button" className="chip-x" aria-label={name} onClick={onClick}>
      <Glyph name="close" />
    </button>
  );
}

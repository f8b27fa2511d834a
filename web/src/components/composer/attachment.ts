// A file beside a message that is being written.
import { errorText } from "@/api/client";
import { fileAddress, upload } from "@/api/files";
import type { StoredFile } from "./content";
import { isImage, mediaTypeOf, NAME_CHARS_MAX, refusal } from "./media";

export interface Attachment {
  /** Known to this page only. */
  id: string;
  name: string;
  mediaType: string;
  /** Bytes. */
  size: number;
  state: "uploading" | "failed" | "done";
  /** The share that was sent, 0 to 1. */
  progress: number;
  error: string | null;
  fileId: string | null;
  /** What this page holds of it: for another try, and to look at. */
  blob: Blob | null;
  /** A picture to show. */
  picture: string | null;
}

export type Change = Partial<Attachment>;

let made = 0;

function blank(): Pick<Attachment, "id" | "progress" | "error" | "fileId"> {
  made += 1;
  return { id: `a${made}`, progress: 0, error: null, fileId: null };
}

/** A file that was chosen; one that is not taken says so at once and is never sent. */
export function attachmentOf(file: Blob, name: string): Attachment {
  const why = refusal(name, file.type, file.size);
  const mediaType = mediaTypeOf(name, file.type) ?? file.type;
  return {
    ...blank(),
    // By characters: half of one can't be sent.
    name: [...name].slice(0, NAME_CHARS_MAX).join(""),
    mediaType,
    size: file.size,
    state: why ? "failed" : "uploading",
    error: why,
    blob: why ? null : file,
    picture: !why && isImage(mediaType) ? URL.createObjectURL(file) : null,
  };
}

/** A file that the server has already. */
export function attachmentOfStored(file: StoredFile): Attachment {
  return { ...blank(), ...file, state: "done", progress: 1, blob: null, picture: null };
}

export function lost(file: StoredFile): Attachment {
  return {
    ...attachmentOfStored(file),
    state: "failed",
    fileId: null,
    error: "was kept for a day only",
  };
}

/** Sends it; the returned function ends that. */
export function send(attachment: Attachment, onChange: (change: Change) => void): () => void {
  const { blob, name, mediaType } = attachment;
  if (!blob) return () => {};
  const { done, cancel } = upload(blob, name, mediaType, (progress) => onChange({ progress }));
  let isOver = false;
  done.then(
    (fileId) => onChange({ state: "done", progress: 1, fileId }),
    (error: unknown) => isOver || onChange({ state: "failed", error: errorText(error) }),
  );
  return () => {
    isOver = true;
    cancel();
  };
}

export function storedOf(attachments: readonly Attachment[]): StoredFile[] {
  return attachments.flatMap(({ fileId, name, mediaType, size }) =>
    fileId === null ? [] : [{ fileId, name, mediaType, size }],
  );
}

/** Where to see a picture: this page's own copy, else the server's. */
export function pictureOf({ picture, fileId }: Attachment): string | null {
  return picture ?? (fileId === null ? null : fileAddress(fileId));
}

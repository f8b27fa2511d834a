// What a person puts into a message, and how it travels. Pure.
import type { ChatMessagePart, InputPart } from "@/api/generated/types";

/** Lines of a file that stand among the words. */
export interface FileReference {
  file_name: string;
  start_line: number;
  end_line: number;
  content: string;
}

export type Piece =
  | { kind: "text"; text: string }
  | { kind: "reference"; reference: FileReference };

/** Words and references in the order in which they were written. */
export type Body = readonly Piece[];

/** A file that the server has. */
export interface StoredFile {
  fileId: string;
  name: string;
  mediaType: string;
  /** Bytes; 0 where that is not known. */
  size: number;
}

export interface Content {
  body: Body;
  files: readonly StoredFile[];
}

export const NOTHING: Content = { body: [], files: [] };

export function bodyOf(text: string): Body {
  return text === "" ? [] : [{ kind: "text", text }];
}

/** `split.rs:18-25`; one line has one number. */
export function referenceName({ file_name, start_line, end_line }: FileReference): string {
  const name = file_name.slice(file_name.lastIndexOf("/") + 1);
  return `${name}:${start_line}${end_line > start_line ? `-${end_line}` : ""}`;
}

/** The words alone; references as their names. */
export function wordsOfBody(body: Body): string {
  return body
    .map((piece) => (piece.kind === "text" ? piece.text : referenceName(piece.reference)))
    .join("");
}

export function isBlank(body: Body): boolean {
  return body.every((piece) => piece.kind === "text" && piece.text.trim() === "");
}

export function isEmpty({ body, files }: Content): boolean {
  return files.length === 0 && isBlank(body);
}

/** Characters as the person counts them: those of the references belong to the message, too. */
export function sizeOf(body: Body): number {
  return body.reduce(
    (sum, piece) =>
      sum + (piece.kind === "text" ? piece.text.length : piece.reference.content.length),
    0,
  );
}

/** Puts neighbouring texts together. */
export function merged(body: Body): Body {
  const pieces: Piece[] = [];
  for (const piece of body) {
    const last = pieces.at(-1);
    if (piece.kind === "text" && piece.text === "") continue;
    if (piece.kind === "text" && last?.kind === "text") {
      pieces[pieces.length - 1] = { kind: "text", text: last.text + piece.text };
    } else {
      pieces.push(piece);
    }
  }
  return pieces;
}

/** One after the other, with an empty line between them. */
export function joined(first: Body, second: Body): Body {
  if (isBlank(first)) return second;
  if (isBlank(second)) return first;
  return merged([...first, { kind: "text", text: "\n\n" }, ...second]);
}

export function changed(body: Body, change: (text: string) => string): Body {
  return body.map((piece) =>
    piece.kind === "text" ? { kind: "text", text: change(piece.text) } : piece,
  );
}

/** The request's parts: files as they stand above the text, then words and references. */
export function inputParts({ body, files }: Content): InputPart[] {
  const words = body.flatMap((piece): InputPart[] => {
    if (piece.kind === "reference") return [{ type: "file-reference", ...piece.reference }];
    return piece.text.trim() === "" ? [] : [{ type: "text", text: piece.text.trim() }];
  });
  return [...files.map(({ fileId }): InputPart => ({ type: "file", file_id: fileId })), ...words];
}

/** How the message will read once it is there. */
export function messageParts({ body, files }: Content): ChatMessagePart[] {
  const shown = files.map(
    ({ fileId, mediaType }): ChatMessagePart => ({
      type: "file",
      media_type: mediaType,
      file_id: fileId,
    }),
  );
  const words = body.flatMap((piece): ChatMessagePart[] => {
    if (piece.kind === "reference") return [{ type: "file-reference", ...piece.reference }];
    return piece.text.trim() === "" ? [] : [{ type: "text", text: piece.text.trim() }];
  });
  return [...shown, ...words];
}

export type FileLookup = (fileId: string) => { name: string; size: number } | undefined;

/** A message's parts as something that can be edited. */
export function contentOf(parts: readonly ChatMessagePart[], lookup: FileLookup): Content {
  const body: Piece[] = [];
  const files: StoredFile[] = [];
  for (const part of parts) {
    const last = body.at(-1);
    if (part.type === "text") {
      // The server trims what stood around a reference; two texts were two paragraphs.
      const before = last?.kind === "text" ? "\n\n" : last ? " " : "";
      body.push({ kind: "text", text: before + part.text });
    } else if (part.type === "file-reference") {
      const { type: _, ...reference } = part;
      if (last?.kind === "text") body.push({ kind: "text", text: " " });
      body.push({ kind: "reference", reference });
    } else if (part.type === "file" && part.file_id) {
      const known = lookup(part.file_id);
      const name = known?.name ?? part.media_type;
      files.push({
        fileId: part.file_id,
        name,
        mediaType: part.media_type,
        size: known?.size ?? 0,
      });
    }
  }
  return { body: merged(body), files };
}

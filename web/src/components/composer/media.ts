// Which files are taken, said before they are sent anywhere.
import { bytes } from "@/lib/format";

/** Bytes; the server's own limit. */
export const FILE_BYTES_MAX = 10 * 1024 * 1024;
/** Longer names of files are cut, here and by the server. */
export const NAME_CHARS_MAX = 255;
/** Files of one message; a chat holds no more. */
export const FILES_MAX = 50;

const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const TAKEN = [
  ...IMAGES,
  "text/plain",
  "text/markdown",
  "text/csv",
  "application/json",
  "application/pdf",
];

const BY_ENDING: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  md: "text/markdown",
  markdown: "text/markdown",
  csv: "text/csv",
  json: "application/json",
  pdf: "application/pdf",
};

/** Texts that systems have other types for, or none. */
const PLAIN =
  "txt text log diff patch rs go py rb php java kt kts swift c h cc cpp hpp cs m ts tsx js jsx mjs cjs vue css scss less sql sh bash zsh fish ps1 toml yaml yml ini cfg conf env lock gradle tf proto graphql tex rst adoc properties dockerfile makefile".split(
    " ",
  );

/** For the file dialog. */
export const ACCEPT = [...TAKEN, ...PLAIN.map((ending) => `.${ending}`)].join(",");

export function isImage(mediaType: string): boolean {
  return IMAGES.includes(mediaType);
}

export function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType === "application/json";
}

/** The type under which a file is sent; null when it is not taken. */
export function mediaTypeOf(name: string, type: string): string | null {
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const known = BY_ENDING[ending];
  if (known) return known;
  // Before the system's own idea: it takes TypeScript for a film.
  if (PLAIN.includes(ending)) return "text/plain";
  const essence = type.split(";")[0]?.trim().toLowerCase() ?? "";
  return TAKEN.includes(essence) ? essence : null;
}

/** Why a file can't be attached; null when it can. */
export function refusal(name: string, type: string, size: number): string | null {
  if (mediaTypeOf(name, type) === null) {
    return "is of a type that is not taken. Images, PDF, text, Markdown, CSV and JSON are.";
  }
  if (size > FILE_BYTES_MAX) return `is over ${bytes(FILE_BYTES_MAX).replace(".0 MB", " MiB")}`;
  return size === 0 ? "is empty" : null;
}

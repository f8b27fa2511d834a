// Whether a message can go, and if not, why. Pure.
import { isBlank, sizeOf } from "./content";
import { CHARS_MAX } from "./limits";
import type { ComposerState } from "./store";

export type Obstacle = "empty" | "uploading" | "failed" | "long";

export function obstacle({ body, attachments }: ComposerState): Obstacle | null {
  if (attachments.length === 0 && isBlank(body)) return "empty";
  if (attachments.some((one) => one.state === "failed")) return "failed";
  if (attachments.some((one) => one.state === "uploading")) return "uploading";
  return sizeOf(body) > CHARS_MAX ? "long" : null;
}

/** For the button's name and for the line that answers a key. */
export const OBSTACLES: Record<Exclude<Obstacle, "empty">, string> = {
  uploading: "Send waits for uploads",
  failed: "Remove the file that failed, or try it again",
  long: "The message is too long",
};

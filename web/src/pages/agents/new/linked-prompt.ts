// Words of a link. They only fill the box: who follows a link has not written them.
import { countInvisible, withoutInvisible } from "@/lib/invisible";

/** Bytes of UTF-8. */
const BYTES_MAX = 32 * 1024;

export interface LinkedPrompt {
  text: string;
  /** Characters that nobody can see and that were taken out. */
  removed: number;
  cut: boolean;
}

export function linkedPrompt(from: string): LinkedPrompt {
  const clean = withoutInvisible(from);
  const bytes = new TextEncoder().encode(clean);
  // A character that the cut goes through is left out whole.
  const text = new TextDecoder()
    .decode(bytes.subarray(0, BYTES_MAX), { stream: true })
    .replace(/\r\n?/g, "\n");
  return { text, removed: countInvisible(from), cut: bytes.length > BYTES_MAX };
}

/** What the person must know before they send it. */
export function linkedWords({ removed, cut }: LinkedPrompt): string {
  const said = ["This text came from a link. Review it before sending."];
  if (removed === 1) said.push("1 invisible character was removed.");
  if (removed > 1) said.push(`${removed} invisible characters were removed.`);
  if (cut) said.push("It was cut at 32 KiB.");
  return said.join(" ");
}

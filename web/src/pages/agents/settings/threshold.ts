/** Reads a percentage as a person types it; undefined when it is none. */
export function percentOf(text: string): number | undefined {
  if (!/^\s*\d{1,3}\s*%?\s*$/.test(text)) return undefined;
  const percent = Number.parseInt(text, 10);
  return percent <= 100 ? percent : undefined;
}

/** At this share conversations are never summarised by themselves. */
export const PERCENT_OFF = 100;

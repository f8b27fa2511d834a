const FORMAT = new Intl.DateTimeFormat("en-US", {
  day: "numeric",
  month: "short",
  year: "numeric",
});

/** The day of a time, as people write it. */
export function day(iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? "" : FORMAT.format(time);
}

// Words for numbers and times. All of it through Intl or integers; no floats for money.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "long",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const dayParts = { weekday: "long", day: "numeric", month: "long" } as const;
const wholeDay = new Intl.DateTimeFormat(undefined, dayParts);
const dayOfYear = new Intl.DateTimeFormat(undefined, { ...dayParts, year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** "now", "5m", "2h" today; a time yesterday; then a weekday, then a date. */
export function ago(iso: string, now: number): string {
  const at = Date.parse(iso);
  const past = now - at;
  if (past < MINUTE) return "now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)}m`;
  if (at >= midnight(now)) return `${Math.floor(past / HOUR)}h`;
  if (at >= midnight(now) - DAY) return clock.format(at);
  return at >= midnight(now) - 6 * DAY ? weekday.format(at) : day.format(at);
}

/** 14:02. */
export function clockTime(iso: string): string {
  return clock.format(Date.parse(iso));
}

/** 1 December, 01:00: for what is days away. */
export function shortDate(iso: string): string {
  return dayAndTime.format(Date.parse(iso));
}

/** The whole date and time, for tooltips. */
export function fullTime(iso: string): string {
  return full.format(Date.parse(iso));
}

/** Heads of the list: Today, Yesterday, Last week, Older. */
export function era(iso: string, now: number): string {
  const at = Date.parse(iso);
  const today = midnight(now);
  if (at >= today) return "Today";
  if (at >= today - DAY) return "Yesterday";
  return at >= today - 7 * DAY ? "Last week" : "Older";
}

/** "Today", "Yesterday", "Wednesday 4 March"; the year where it is another. */
export function dayName(iso: string, now: number): string {
  const at = Date.parse(iso);
  const today = midnight(now);
  const own = midnight(at);
  if (own === today) return "Today";
  if (own === midnight(today - DAY / 2)) return "Yesterday";
  const isOfThisYear = new Date(own).getFullYear() === new Date(today).getFullYear();
  return (isOfThisYear ? wholeDay : dayOfYear).format(at);
}

/** "0.2 s", "8.4 s", "42 s"; from a minute on "2:41", from an hour on "1:02:41". */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 60 ? `${Math.floor(seconds)} s` : stopwatch(ms);
}

/** "0:31": for what still runs. */
export function stopwatch(ms: number): string {
  const all = Math.floor(Math.max(0, ms) / 1_000);
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(all / 3_600);
  const minutes = Math.floor(all / 60) % 60;
  const rest = two(all % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** 950, 9.1k, 62.4k, 200k, 1.2M. */
export function tokens(count: number): string {
  if (count < 1_000) return String(count);
  const [unit, name] = count < 999_500 ? [1_000, "k"] : [1_000_000, "M"];
  const value = count / unit;
  const text = value < 100 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0);
  return `${text}${name}`;
}

/** Millionths of a dollar as "$0.38"; small sums keep what can be seen of them. */
export function dollars(micros: number): string {
  const cents = Math.round(micros / 10_000);
  if (micros > 0 && cents === 0) return "< $0.01";
  const whole = Math.floor(cents / 100);
  return `$${whole.toLocaleString("en-US")}.${String(cents % 100).padStart(2, "0")}`;
}

export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`;
  if (count < 1_048_576) return `${(count / 1_024).toFixed(1)} KB`;
  return `${(count / 1_048_576).toFixed(1)} MB`;
}

/** 1 file, 2 files. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

/** The start and the end of a path; the middle is what can be missed. */
export function shortPath(path: string, max: number): string {
  if (path.length <= max) return path;
  const name = path.slice(path.lastIndexOf("/") + 1);
  const head = Math.max(4, max - name.length - 2);
  return name.length + 2 >= max ? `…${path.slice(1 - max)}` : `${path.slice(0, head)}…/${name}`;
}

const MICROS = 1_000_000;
/** Dollars that stay exact as an integer of micro-dollars. */
const DOLLARS_DIGITS_MAX = 9;

/** Dollars as people type them in micro-dollars, by integers alone; null for anything else. */
export function microsOf(text: string): number | null {
  const match = /^\$?\s*(\d+)(?:[.,](\d{0,6}))?$/.exec(text.trim());
  const whole = match?.[1] ?? "";
  if (!match || whole.length > DOLLARS_DIGITS_MAX) return null;
  return Number(whole) * MICROS + Number((match[2] ?? "").padEnd(6, "0"));
}

/** Micro-dollars as people type them: no more digits than needed, two when there are some. */
export function dollarText(micros: number): string {
  const rest = String(micros % MICROS)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const whole = Math.floor(micros / MICROS);
  return rest === "" ? String(whole) : `${whole}.${rest.padEnd(2, "0")}`;
}

const DAY_SECS = 24 * 60 * 60;
const NANOS = 1_000_000_000;

/** What a person may choose for a token's life. */
export const LIVES = [
  { days: 7, name: "7 days" },
  { days: 30, name: "30 days" },
  { days: 90, name: "90 days" },
  { days: 365, name: "1 year" },
];

/** Days as the API counts a life. 365 of them stay below 2^53 only as a product of integers. */
export function lifetimeNanos(days: number): number {
  return days * DAY_SECS * NANOS;
}

/** The lives that the server's longest one allows. */
export function allowedLives(maxNanos: number): typeof LIVES {
  return LIVES.filter((life) => lifetimeNanos(life.days) <= maxNanos);
}

export function expired(expiresAt: string, now: number): boolean {
  return Date.parse(expiresAt) <= now;
}

/** Never used keys carry a time before there was a server. */
export function wasUsed(lastUsed: string, createdAt: string): boolean {
  return Date.parse(lastUsed) > Date.parse(createdAt);
}

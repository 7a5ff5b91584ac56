/** How long to wait before the next try: twice as long each time, and never all at the same time. */

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** Milliseconds before try number `attempt` (from 1); `random` is in 0 … 1. */
export function backoff(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempt - 1));
  // A class that lost the site together must not come back together.
  return Math.round(longest * (0.5 + random / 2));
}

const FIRST_MS = 400;
const MOST_MS = 15_000;

/** Milliseconds before try number `attempt` (from 0): doubling, half of it left to chance. */
export function delay(attempt: number, chance: () => number = Math.random): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(whole / 2 + (whole / 2) * chance());
}

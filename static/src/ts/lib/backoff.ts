import { closed } from "../protocol";

export const TRIES_BEFORE_PATIENCE = 5;
const AGAIN_MS = 500;
const FIRST_MS = 400;
const MOST_MS = 15_000;

/** Milliseconds before try number `attempt` (from 0): doubling, half of it left to chance. */
export function delay(attempt: number, chance: () => number = Math.random): number {
  const whole = Math.min(MOST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(whole / 2 + (whole / 2) * chance());
}

/** Milliseconds before a socket that was closed with `code` is opened again, `failures` after the last word heard. */
export function pauseAfter(code: number, failures: number): number {
  // Other rights: connecting reads them anew. A little chance, for a group's pages are closed together.
  if (code === closed.rightsChanged) return Math.random() * AGAIN_MS;
  // Whoever is signed out stays so for a while; coming back to the tab tries at once.
  return delay(code === closed.signedOut ? TRIES_BEFORE_PATIENCE : failures - 1);
}

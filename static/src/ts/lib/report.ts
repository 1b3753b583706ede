// What a queue of files comes to, in numbers, words and a table to keep.

import type { Item, ItemState, Pause } from "./item";
import { number } from "./words";

export type Tally = Record<ItemState, number> & { total: number; done: number };

const NONE = { waiting: 0, sending: 0, taken: 0, version: 0, same: 0 };
const NEITHER = { refused: 0, skipped: 0, failed: 0, cancelled: 0 };

export function tally(items: readonly Item[]): Tally {
  const counts = { ...NONE, ...NEITHER, total: items.length, done: 0 };
  for (const item of items) counts[item.state] += 1;
  counts.done = counts.total - counts.waiting - counts.sending;
  return counts;
}

/** Milliseconds until the last file is sent, by the bytes so far; null while that would be a guess. */
export function msLeft(items: readonly Item[], startedAt: number, now: number): number | null {
  let sent = 0;
  let open = 0;
  for (const { file, state, percent } of items) {
    // Each file costs something, however small it is.
    const cost = file.size + 20_000;
    if (state === "refused" || state === "skipped" || state === "cancelled") continue;
    sent += (cost * percent) / 100;
    open += (cost * (100 - percent)) / 100;
  }
  const passed = now - startedAt;
  return passed < 5_000 || sent === 0 || open === 0 ? null : (passed * open) / sent;
}

export function leftWords(ms: number | null): string {
  if (ms === null) return "";
  const seconds = ms / 1000;
  if (seconds < 50) return `about ${Math.max(5, Math.ceil(seconds / 10) * 10)} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `about ${minutes} min left` : `about ${Math.round(minutes / 60)} h left`;
}

/** What is worth saying beside how many are done, each with its number. */
export function tallyWords(counts: Tally): string[] {
  const said: [number, string][] = [
    [counts.version, counts.version === 1 ? "new version" : "new versions"],
    [counts.same, "already here"],
    [counts.refused, "refused"],
    [counts.failed, "not sent"],
    [counts.skipped, "skipped"],
    [counts.cancelled, "cancelled"],
  ];
  return said.flatMap(([count, word]) => (count > 0 ? [`${number(count)} ${word}`] : []));
}

export const pauseWords: Record<Pause, string> = {
  "": "",
  offline: "You are offline. The rest is sent when the connection is back.",
  unreachable: "Quire cannot be reached just now. Trying again by itself.",
  slower: "As many files as one person may add at a time are in. The rest follows by itself.",
  "signed-out": "Your session has ended. Sign in again in another tab, then go on here.",
};

export const stateWords: Record<ItemState, string> = {
  waiting: "Waiting",
  sending: "Being sent",
  taken: "Taken",
  version: "Taken as a new version",
  same: "Already in the library",
  refused: "Refused",
  skipped: "Skipped",
  failed: "Not sent",
  cancelled: "Cancelled",
};

/** A table of all files, one a line. */
export function toCsv(items: readonly Item[]): string {
  const lines = items.map(({ file, path, state, reason }) => [
    path || file.name,
    String(file.size),
    stateWords[state],
    reason,
  ]);
  const all = [["File", "Bytes", "What became of it", "Why"], ...lines];
  // Programs for tables take the mark at the beginning for: this is UTF-8.
  return `\uFEFF${all.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** In quotes; what a program for tables would take for a formula is set apart as text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

// What became of one file that was sent, read from the server's answer.

import type { Sent } from "./send";

/** `seconds`: how long the document has been in the library that these bytes already are. */
export type Verdict =
  | { kind: "taken" | "version"; title: string }
  | { kind: "same"; title: string; seconds: number }
  | { kind: "refused"; reason: string }
  | { kind: "again" }
  | { kind: "slower"; seconds: number }
  | { kind: "signed-out" };

const AGAIN = new Set([0, 408, 425, 502, 503, 504]);
/** As many files as a minute allows come back bit by bit: going on with each single one would send most of them in vain. */
const SLOWER_SECONDS = 10;

export function readVerdict(sent: Sent): Verdict {
  const { status } = sent;
  const isFull = status === 507;
  if (AGAIN.has(status) || (status >= 500 && !isFull)) return { kind: "again" };
  if (status === 401) return { kind: "signed-out" };
  if (status === 429 && sent.retryAfter !== null) {
    return { kind: "slower", seconds: Math.max(SLOWER_SECONDS, sent.retryAfter) };
  }
  const said = parse(sent.text);
  const outcome = said["outcome"];
  const title = words(said["title"]);
  if (status >= 200 && status < 300) {
    if (outcome === "taken" || outcome === "version") return { kind: outcome, title };
    if (outcome === "same") return { kind: outcome, title, seconds: Number(said["age_seconds"]) };
    // Not our server's words: a page to sign in, or a proxy's.
    return { kind: "signed-out" };
  }
  const reason = words(said["detail"]) || title || plain(status);
  return { kind: "refused", reason };
}

function plain(status: number): string {
  return status === 413
    ? "It is larger than this installation takes."
    : "Quire did not take it, and did not say why.";
}

/** The line about the file, or the problem that kept all of the request. */
function parse(text: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(text);
    if (!isObject(said)) return {};
    const results = said["results"];
    const first: unknown = Array.isArray(results) ? results[0] : said;
    return isObject(first) ? first : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function words(value: unknown): string {
  return typeof value === "string" ? value : "";
}

// The wire protocol of /ws/ as apps/chat/events.py states it. Server to page, then page to server.

interface OfRun {
  run: string;
  /** attempt × 1,000,000 + n: grows by one, and leaps only where a new attempt begins. */
  seq: number;
}

export type RunEvent = OfRun &
  (
    | { type: "run.started"; attempt: number }
    | { type: "stage.changed"; stage: string; text: string }
    | { type: "text.delta"; text: string }
    | { type: "block.rendered"; index: number; html: string; tail: string }
    | { type: "citation.added"; number: number; title: string; place: string }
    | { type: "run.completed"; message: string }
    | { type: "run.failed"; message: string; code: string; detail: string }
    | { type: "run.cancelled"; message: string }
  );

export interface DocumentUpdated {
  type: "document.updated";
  document: string;
}

/** Deleted, or not open to this reader any more. */
export interface DocumentRemoved {
  type: "document.removed";
  document: string;
}

export interface Refused {
  type: "error";
  code: string;
  detail: string;
  topic?: string;
  id?: string;
  workspace?: string;
}

export type ServerEvent = RunEvent | DocumentUpdated | DocumentRemoved | Refused | { type: "pong" };

export type Topic = { topic: "run"; id: string } | { topic: "library"; workspace: string };

export type ClientMessage =
  | ({ type: "subscribe"; after?: number; shown?: string[] } & Topic)
  | ({ type: "unsubscribe" } & Topic)
  | { type: "ack"; run: string; seq: number }
  | { type: "ping" };

/** Why the server closed a socket. */
export const closed = {
  signedOut: 4401,
  rightsChanged: 4403,
  tooSlow: 4408,
  tooOften: 4429,
} as const;

/** So many documents may be named as shown. */
export const SHOWN_MAX = 300;

const known = new Set<string>([
  "run.started",
  "stage.changed",
  "text.delta",
  "block.rendered",
  "citation.added",
  "run.completed",
  "run.failed",
  "run.cancelled",
  "document.updated",
  "document.removed",
  "error",
  "pong",
]);

/** Read one frame; null for anything an older page does not know, so a newer server breaks nothing. */
export function parseServerEvent(text: string): ServerEvent | null {
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said !== "object" || said === null || !("type" in said)) return null;
    return typeof said.type === "string" && known.has(said.type) ? (said as ServerEvent) : null;
  } catch {
    return null;
  }
}

export function topicKey(topic: Topic): string {
  return topic.topic === "run" ? `run.${topic.id}` : `library.${topic.workspace}`;
}

/** The topic an event belongs to; null when it concerns none that is followed. A pong says to the library that it may look again. */
export function keyOf(event: ServerEvent, library: string | null): string | null {
  switch (event.type) {
    case "pong":
    case "document.updated":
    case "document.removed":
      return library;
    case "error":
      if (event.topic === "run" && event.id) return `run.${event.id}`;
      return event.workspace ? `library.${event.workspace}` : null;
    default:
      return `run.${event.run}`;
  }
}

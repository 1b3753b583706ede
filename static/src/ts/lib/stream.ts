// The page's one socket. It connects when the first topic is asked for, resumes each topic after its
// last number, and says so when sockets do not get through, so that callers can poll instead.

import { closed, keyOf, parseServerEvent, topicKey } from "../protocol";
import type { ClientMessage, ServerEvent, Topic } from "../protocol";
import { Acks } from "./acks";
import { pauseAfter, TRIES_BEFORE_PATIENCE } from "./backoff";

export type Status = "idle" | "connecting" | "open" | "reconnecting" | "blocked";

interface Subscription {
  topic: Topic;
  after: number;
  hear: (event: ServerEvent) => void;
  /** The documents that the page shows at the moment of asking. */
  shown?: (() => string[]) | undefined;
}

const PING_MS = 25_000;
const SILENCE_MS = 10_000;
const TRIES_BEFORE_POLLING = 2;

export class Stream {
  private socket: WebSocket | null = null;
  private readonly topics = new Map<string, Subscription>();
  private readonly watchers = new Set<(status: Status) => void>();
  private readonly acks = new Acks(this.say.bind(this));
  private status: Status = "idle";
  private failures = 0;
  private wasOpen = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private ping: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: () => string,
    private readonly open: (address: string) => WebSocket = (address) => new WebSocket(address),
  ) {}

  /** Hear a topic's events from after `after`; the returned function ends it. */
  subscribe(
    topic: Topic,
    after: number,
    hear: (event: ServerEvent) => void,
    shown?: () => string[],
  ): () => void {
    const key = topicKey(topic);
    const subscription = { topic, after, hear, shown };
    this.topics.set(key, subscription);
    if (this.socket?.readyState === WebSocket.OPEN) this.ask(subscription);
    else if (this.socket === null && this.retry === undefined) this.connect();
    return () => {
      if (this.topics.get(key) !== subscription) return;
      this.topics.delete(key);
      this.say({ type: "unsubscribe", ...topic });
    };
  }

  watch(watcher: (status: Status) => void): () => void {
    this.watchers.add(watcher);
    watcher(this.status);
    return () => this.watchers.delete(watcher);
  }

  /** Try now rather than at the next step of the back-off: the network or the tab came back. */
  wake(): void {
    if (this.retry === undefined) return;
    clearTimeout(this.retry);
    this.retry = undefined;
    this.connect();
  }

  private connect(): void {
    this.retry = undefined;
    if (this.topics.size === 0) {
      this.tell("idle");
      return;
    }
    if (this.status !== "blocked") this.tell(this.wasOpen ? "reconnecting" : "connecting");
    const socket = this.open(this.address());
    this.socket = socket;
    socket.onopen = () => {
      for (const subscription of this.topics.values()) this.ask(subscription);
      // A proxy may open a socket and close it at once: only an answer proves that it works.
      this.say({ type: "ping" });
      this.beat(SILENCE_MS);
    };
    socket.onmessage = (message) => {
      this.failures = 0;
      this.wasOpen = true;
      this.tell("open");
      this.beat();
      if (typeof message.data === "string") this.deliver(message.data);
    };
    socket.onclose = ({ code }) => {
      if (this.socket === socket) this.lost(code);
    };
  }

  private lost(code: number): void {
    clearTimeout(this.ping);
    this.socket = null;
    // Asked to come less often: poll meanwhile, and try as after many failures.
    if (code === closed.tooOften) this.failures = TRIES_BEFORE_PATIENCE;
    const isBlocked = ++this.failures >= TRIES_BEFORE_POLLING && !this.wasOpen;
    this.tell(isBlocked || this.failures > 3 ? "blocked" : "reconnecting");
    this.retry = setTimeout(this.connect.bind(this), pauseAfter(code, this.failures));
  }

  private deliver(text: string): void {
    const event = parseServerEvent(text);
    if (event === null) return;
    const library = [...this.topics.keys()].find((key) => key.startsWith("library."));
    const subscription = this.topics.get(keyOf(event, library ?? null) ?? "");
    if (subscription === undefined) return;
    if ("seq" in event) {
      subscription.after = Math.max(subscription.after, event.seq);
      this.acks.note(event.run, subscription.after);
    }
    subscription.hear(event);
  }

  /** Heard something: ask again after a while, and give the socket up if nothing comes back. */
  private beat(quiet = PING_MS): void {
    clearTimeout(this.ping);
    this.ping = setTimeout(() => {
      this.say({ type: "ping" });
      this.ping = setTimeout(() => this.socket?.close(), SILENCE_MS);
    }, quiet);
  }

  private ask({ topic, after, shown }: Subscription): void {
    this.say({ type: "subscribe", ...topic, after, ...(shown && { shown: shown() }) });
  }

  private say(message: ClientMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private tell(status: Status): void {
    if (status === this.status) return;
    this.status = status;
    for (const watcher of this.watchers) watcher(status);
  }
}

export const stream = new Stream(() => {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}/ws/`;
});

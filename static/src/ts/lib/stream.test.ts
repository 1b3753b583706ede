import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { delay } from "./backoff";
import { Stream } from "./stream";
import type { Status } from "./stream";

class FakeSocket {
  static readonly all: FakeSocket[] = [];
  readyState = 0;
  readonly sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;

  constructor(readonly address: string) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  says(event: object): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }

  close(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const topic = { topic: "run" as const, id: "a" };
const latest = (): FakeSocket => FakeSocket.all.at(-1)!;
const build = (): Stream =>
  new Stream(
    () => "ws://here/ws/",
    (address) => new FakeSocket(address) as unknown as WebSocket,
  );

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all.length = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

describe("Stream", () => {
  it("says within a second up to where a run has arrived, once however much came", () => {
    const stream = build();
    stream.subscribe(topic, 0, vi.fn());
    latest().opens();
    latest().says({ type: "text.delta", run: "a", seq: 1_000_001, text: "x" });
    latest().says({ type: "text.delta", run: "a", seq: 1_000_002, text: "y" });
    vi.advanceTimersByTime(1000);
    const acks = latest().sent.filter((message) => (message as { type: string }).type === "ack");
    expect(acks).toEqual([{ type: "ack", run: "a", seq: 1_000_002 }]);
  });

  it("opens one socket for all topics and subscribes each after its last number", () => {
    const stream = build();
    stream.subscribe(topic, 5, vi.fn());
    stream.subscribe({ topic: "library", workspace: "acme" }, 0, vi.fn());
    latest().opens();
    expect(FakeSocket.all).toHaveLength(1);
    expect(latest().sent).toEqual([
      { type: "subscribe", topic: "run", id: "a", after: 5 },
      { type: "subscribe", topic: "library", workspace: "acme", after: 0 },
      { type: "ping" },
    ]);
  });

  it("gives each topic its own events", () => {
    const stream = build();
    const run = vi.fn();
    const library = vi.fn();
    stream.subscribe(topic, 0, run);
    stream.subscribe({ topic: "library", workspace: "acme" }, 0, library);
    latest().opens();
    latest().says({ type: "text.delta", run: "a", seq: 1, text: "x" });
    latest().says({ type: "text.delta", run: "b", seq: 1, text: "y" });
    latest().says({ type: "document.updated", document: "d" });
    latest().says({ type: "document.removed", document: "d" });
    latest().says({ type: "error", code: "not_found", detail: "", topic: "run", id: "a" });
    latest().says({ type: "pong" });
    latest().says({ type: "later invention" });
    latest().onmessage?.({ data: "not json" });
    latest().onmessage?.({ data: new ArrayBuffer(1) });
    expect(run).toHaveBeenCalledTimes(2);
    expect(library).toHaveBeenCalledTimes(3);
  });

  it("resumes after the last number it heard", () => {
    const stream = build();
    stream.subscribe(topic, 0, vi.fn());
    latest().opens();
    latest().says({ type: "text.delta", run: "a", seq: 7, text: "x" });
    latest().close();
    vi.advanceTimersByTime(20_000);
    latest().opens();
    expect(latest().sent[0]).toEqual({ type: "subscribe", topic: "run", id: "a", after: 7 });
  });

  it("says reconnecting, and blocked when sockets never get through", () => {
    const stream = build();
    const seen: Status[] = [];
    stream.watch((status) => seen.push(status));
    stream.subscribe(topic, 0, vi.fn());
    latest().close();
    vi.advanceTimersByTime(20_000);
    latest().close();
    expect(seen).toEqual(["idle", "connecting", "reconnecting", "connecting", "blocked"]);
  });

  it("polls and comes back slowly when it came too often, though the server spoke", () => {
    const stream = build();
    stream.subscribe(topic, 0, vi.fn());
    latest().opens();
    latest().says({ type: "error", code: "limit_exceeded", detail: "Too often." });
    latest().close(4429);
    const heard: Status[] = [];
    stream.watch((status) => heard.push(status));
    expect(heard).toEqual(["blocked"]);
    vi.advanceTimersByTime(5_000);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("comes back at once when rights changed, after the last number, naming what is shown", () => {
    const stream = build();
    let rows = ["d1", "d2"];
    stream.subscribe(topic, 0, vi.fn());
    stream.subscribe({ topic: "library", workspace: "acme" }, 0, vi.fn(), () => rows);
    latest().opens();
    expect(latest().sent[1]).toMatchObject({ topic: "library", shown: ["d1", "d2"] });
    latest().says({ type: "text.delta", run: "a", seq: 7, text: "x" });
    latest().says({ type: "error", code: "rights_changed", detail: "Changed." });
    latest().close(4403);
    rows = ["d2"];
    vi.advanceTimersByTime(500);
    latest().opens();
    expect(FakeSocket.all).toHaveLength(2);
    expect(latest().sent[0]).toEqual({ type: "subscribe", topic: "run", id: "a", after: 7 });
    expect(latest().sent[1]).toMatchObject({ topic: "library", shown: ["d2"] });
  });

  it("does not hurry back when it is signed out, and tries at once when woken", () => {
    const stream = build();
    stream.subscribe(topic, 0, vi.fn());
    latest().opens();
    latest().says({ type: "error", code: "not_signed_in", detail: "Sign in." });
    latest().close(4401);
    vi.advanceTimersByTime(5_000);
    expect(FakeSocket.all).toHaveLength(1);
    stream.wake();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("is blocked too when sockets open and close without a word", () => {
    const stream = build();
    const seen: Status[] = [];
    stream.watch((status) => seen.push(status));
    stream.subscribe(topic, 0, vi.fn());
    for (let tries = 0; tries < 2; tries += 1) {
      latest().opens();
      latest().close();
      vi.advanceTimersByTime(20_000);
    }
    expect(seen.at(-1)).toBe("blocked");
    latest().opens();
    latest().says({ type: "pong" });
    expect(seen.at(-1)).toBe("open");
  });

  it("tries at once when woken, and not twice", () => {
    const stream = build();
    stream.subscribe(topic, 0, vi.fn());
    stream.wake();
    latest().close();
    stream.wake();
    stream.wake();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("pings a quiet socket and drops one that does not answer", () => {
    const stream = build();
    stream.subscribe(topic, 0, vi.fn());
    const socket = latest();
    socket.opens();
    socket.says({ type: "pong" });
    vi.advanceTimersByTime(25_000);
    expect(socket.sent.at(-1)).toEqual({ type: "ping" });
    socket.says({ type: "pong" });
    vi.advanceTimersByTime(34_000);
    expect(socket.readyState).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(socket.readyState).toBe(3);
  });

  it("unsubscribes once, and rests when nothing is asked for", () => {
    const stream = build();
    const end = stream.subscribe(topic, 0, vi.fn());
    latest().opens();
    end();
    end();
    expect(latest().sent.at(-1)).toEqual({ type: "unsubscribe", topic: "run", id: "a" });
    latest().close();
    vi.advanceTimersByTime(20_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("subscribes at once on an open socket and stops telling an ended watcher", () => {
    const stream = build();
    const seen = vi.fn();
    const unwatch = stream.watch(seen);
    stream.subscribe(topic, 0, vi.fn());
    latest().opens();
    latest().says({ type: "pong" });
    unwatch();
    stream.subscribe({ topic: "run", id: "b" }, 3, vi.fn());
    latest().close();
    expect(latest().sent.at(-1)).toEqual({ type: "subscribe", topic: "run", id: "b", after: 3 });
    expect(seen).toHaveBeenLastCalledWith("open");
  });
});

describe("delay", () => {
  it("doubles up to a limit and leaves half to chance", () => {
    expect(delay(0, () => 0)).toBe(200);
    expect(delay(0, () => 1)).toBe(400);
    expect(delay(1, () => 1)).toBe(800);
    expect(delay(30, () => 1)).toBe(15_000);
  });
});

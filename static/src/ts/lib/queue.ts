// Files on their way to the library: three at a time, each tried again where the connection failed, none lost in silence.

import { delay } from "./backoff";
import type { Picked } from "./folders";
import { isOwn, makeItem } from "./item";
import type { Item, ItemState, Pause, Transport } from "./item";
import type { Sending } from "./send";
import { readVerdict } from "./verdict";
import type { Verdict } from "./verdict";

const AT_ONCE = 3;
const TRIES = 8;
const UNREACHABLE = "Quire could not be reached.";

export class UploadQueue {
  readonly items: Item[] = [];
  pause: Pause = "";
  startedAt = 0;
  private readonly waiting: Item[] = [];
  private readonly active = new Map<Item, Sending>();
  private resumeTimer: ReturnType<typeof setTimeout> | undefined;

  /** `onChange` is told of each item that changed; of none where the queue as a whole did. */
  constructor(private readonly onChange: (item?: Item) => void) {}

  get isRunning(): boolean {
    return this.active.size + this.waiting.length > 0;
  }

  get sending(): Item[] {
    return [...this.active.keys()];
  }

  /** Forget what is done with, before other files come. */
  reset(): void {
    this.items.length = this.startedAt = 0;
  }

  add(picked: readonly Picked[], transport: Transport): void {
    if (this.startedAt === 0) this.startedAt = Date.now();
    const items = picked.map((one) => makeItem(one, "waiting", transport));
    this.items.push(...items);
    this.waiting.push(...items);
    this.pump();
  }

  /** Keep account of a file that is not sent at all. */
  leaveOut(picked: Picked, state: "refused" | "skipped", reason: string): void {
    const item = { ...makeItem(picked, state), reason };
    this.items.push(item);
    this.onChange(item);
  }

  /** Send nothing more until it is over: for so many milliseconds, or until somebody resumes. */
  hold(pause: Pause, ms?: number): void {
    clearTimeout(this.resumeTimer);
    this.pause = pause;
    const resume = this.resume.bind(this);
    if (ms !== undefined) this.resumeTimer = setTimeout(resume, ms);
    this.onChange();
  }

  resume(): void {
    clearTimeout(this.resumeTimer);
    this.pause = "";
    this.pump();
  }

  cancelAll(): void {
    const active = [...this.active];
    this.active.clear();
    for (const item of this.waiting.splice(0)) this.end(item, "cancelled");
    for (const [item, sending] of active) {
      this.end(item, "cancelled");
      sending.abort();
    }
    this.resume();
  }

  /** Send once more what could not be sent. */
  again(): void {
    for (const item of this.items.filter(({ state }) => state === "failed")) {
      Object.assign(item, { state: "waiting", reason: "", tries: 0, percent: 0 });
      this.waiting.push(item);
    }
    this.pump();
  }

  private pump(): void {
    while (this.pause === "" && this.active.size < AT_ONCE) {
      const next = this.waiting.shift();
      if (next === undefined) break;
      void this.send(next);
    }
    this.onChange();
  }

  private async send(item: Item): Promise<void> {
    item.state = "sending";
    item.firstTryAt ||= Date.now();
    const sending = item.transport(item, (percent) => {
      item.percent = percent;
      if (item.state === "sending") this.onChange(item);
    });
    this.active.set(item, sending);
    const sent = await sending.answer;
    // Cancelled meanwhile.
    if (!this.active.delete(item)) return;
    this.decide(item, readVerdict(sent));
    this.pump();
  }

  private decide(item: Item, verdict: Verdict): void {
    switch (verdict.kind) {
      case "taken":
      case "version":
        this.end(item, verdict.kind);
        return;
      case "same":
        this.end(item, isOwn(item, verdict.seconds) ? "taken" : "same");
        return;
      case "refused":
        this.end(item, "refused", verdict.reason);
        return;
      case "again":
        item.tries += 1;
        if (item.tries > TRIES) this.end(item, "failed", UNREACHABLE);
        else this.putBack(item, "unreachable", delay(item.tries));
        return;
      case "slower":
        this.putBack(item, "slower", verdict.seconds * 1000);
        return;
      case "signed-out":
        this.putBack(item, "signed-out");
    }
  }

  /** Whatever stopped one of them stops the others: it is the next one once that is over. */
  private putBack(item: Item, pause: Pause, ms?: number): void {
    Object.assign(item, { state: "waiting", percent: 0 });
    this.waiting.unshift(item);
    if (this.pause === "" || pause === "signed-out") this.hold(pause, ms);
  }

  private end(item: Item, state: ItemState, reason = ""): void {
    Object.assign(item, { state, reason, percent: state === "cancelled" ? 0 : 100 });
    this.onChange(item);
  }
}

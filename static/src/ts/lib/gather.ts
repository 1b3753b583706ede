export const GATHER_MS = 300;
const AGAIN_MS = 5_000;
const MOST = 100;

/** Collects what rings one by one and hands it on together: one piece of work at a time, and none more often than it should be. */
export class Gatherer {
  private readonly ids = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private due = Infinity;
  private isWorking = false;

  /** `work` gets some of the ids, perhaps none; those that it throws for come again later. */
  constructor(
    private readonly work: (ids: string[]) => Promise<void>,
    private readonly pause = GATHER_MS,
  ) {}

  /** Have an id looked at, or without one whatever does not hang on an id. */
  add(id?: string, pause = this.pause): void {
    if (id !== undefined) this.ids.add(id);
    const due = Date.now() + pause;
    if (due >= this.due) return;
    this.stop();
    this.due = due;
    this.timer = setTimeout(() => void this.run(), pause);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.due = Infinity;
  }

  private async run(): Promise<void> {
    this.due = Infinity;
    if (this.isWorking) {
      this.add();
      return;
    }
    const taken = [...this.ids].slice(0, MOST);
    for (const id of taken) this.ids.delete(id);
    this.isWorking = true;
    let wait = this.pause;
    try {
      await this.work(taken);
    } catch {
      for (const id of taken) this.ids.add(id);
      wait = AGAIN_MS;
    }
    this.isWorking = false;
    if (this.ids.size > 0) this.add(undefined, wait);
  }
}

import { stateWords, leftWords, msLeft, pauseWords, tally, tallyWords } from "./report";
import type { Item } from "./item";
import type { UploadQueue } from "./queue";
import { copyOf } from "./template";
import { fillSlots, number } from "./words";

const REASONS_SHOWN = 20;

/** Shows a queue: how many are done, the files that are being sent, and those that were not taken. All others are numbers. */
export class QueueView {
  private readonly lines = new Map<Item, Element>();
  private readonly reasons = new Set<Item>();

  constructor(
    private readonly panel: HTMLElement,
    private readonly line: HTMLTemplateElement,
    private readonly reason: HTMLTemplateElement,
  ) {}

  show(queue: UploadQueue): void {
    const counts = tally(queue.items);
    const running = queue.isRunning;
    const files = counts.total === 1 ? "file" : "files";
    const title = running
      ? `Adding ${number(counts.done)} of ${number(counts.total)} ${files}`
      : `${number(counts.taken + counts.version)} of ${number(counts.total)} ${files} added`;
    const left = running ? leftWords(msLeft(queue.items, queue.startedAt, Date.now())) : "";
    const words = [...tallyWords(counts), ...(left ? [left] : [])].join(" · ");
    fillSlots(this.panel, { title, words, pause: pauseWords[queue.pause] });
    const bar = this.panel.querySelector<HTMLProgressElement>("[data-slot=bar]");
    if (bar) bar.value = counts.total ? (100 * counts.done) / counts.total : 0;
    this.offer("cancel", running);
    this.offer("resume", queue.pause === "signed-out");
    this.offer("again", !running && counts.failed > 0);
    this.offer("save", !running);
    this.offer("close", !running);
    this.showLines(queue.sending);
    this.showReasons(queue.items);
    this.panel.hidden = false;
  }

  /** Move one bar; everything else stays as it is. */
  move(item: Item): void {
    const line = this.lines.get(item);
    const bar = line?.querySelector("progress");
    if (!line || !bar) return;
    bar.value = item.percent;
    fillSlots(line, { state: item.percent === 100 ? "Checking" : `${item.percent} %` });
  }

  clear(): void {
    for (const line of this.lines.values()) line.remove();
    this.lines.clear();
    this.reasons.clear();
    this.slot("reasons")?.replaceChildren();
    this.panel.hidden = true;
  }

  private showLines(sending: readonly Item[]): void {
    for (const [item, line] of this.lines) {
      if (sending.includes(item)) continue;
      line.remove();
      this.lines.delete(item);
    }
    for (const item of sending) {
      if (this.lines.has(item)) continue;
      const line = copyOf(this.line, { name: item.path || item.file.name, state: "0 %" });
      line.querySelector("progress")?.setAttribute("aria-label", `Sending ${item.file.name}`);
      this.lines.set(item, line);
      this.slot("active")?.append(line);
      this.move(item);
    }
  }

  private showReasons(items: readonly Item[]): void {
    const bad = items.filter(({ state }) => state === "refused" || state === "failed");
    const stale = [...this.reasons].some((item) => !bad.includes(item));
    if (stale) {
      this.reasons.clear();
      this.slot("reasons")?.replaceChildren();
    }
    for (const item of bad.slice(0, REASONS_SHOWN)) {
      if (this.reasons.has(item)) continue;
      this.reasons.add(item);
      const name = item.path || item.file.name;
      const texts = { name, state: stateWords[item.state], reason: item.reason };
      this.slot("reasons")?.append(copyOf(this.reason, texts));
    }
    const more = bad.length - this.reasons.size;
    fillSlots(this.panel, { more: more > 0 ? `and ${number(more)} more, in the report` : "" });
  }

  private slot(name: string): Element | null {
    return this.panel.querySelector(`[data-slot="${name}"]`);
  }

  private offer(name: string, isOffered: boolean): void {
    const button = this.panel.querySelector<HTMLElement>(`[data-offer="${name}"]`);
    if (button) button.hidden = !isOffered;
  }
}

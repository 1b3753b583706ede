import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/announce";
import type { Item } from "../lib/item";
import { UploadQueue } from "../lib/queue";
import { QueueView } from "../lib/queueview";
import { pauseWords, tally, tallyWords, toCsv } from "../lib/report";
import type { Given } from "./upload";

/** So few files that were all taken need no report: their rows say it. */
const PLAIN_MAX = 3;

/** Sends the files that were given, shows how far they are, and reports in the end what became of each. */
export class QueueController extends Controller<HTMLElement> {
  static override targets = ["line", "reason"];

  declare readonly lineTarget: HTMLTemplateElement;
  declare readonly reasonTarget: HTMLTemplateElement;

  private readonly queue = new UploadQueue((item) => {
    this.changed(item);
  });
  private view: QueueView | undefined;
  private frame = 0;
  private said = "";

  override connect(): void {
    this.view = new QueueView(this.element, this.lineTarget, this.reasonTarget);
  }

  override disconnect(): void {
    cancelAnimationFrame(this.frame);
    this.queue.cancelAll();
  }

  take(event: CustomEvent<Given>): void {
    const { good, left, transport } = event.detail;
    if (!this.queue.isRunning) this.close();
    for (const { picked, state, reason } of left) this.queue.leaveOut(picked, state, reason);
    if (good.length > 1) announce(`${good.length} files are being added`);
    this.queue.add(good, transport);
  }

  offline(): void {
    if (this.queue.isRunning) this.queue.hold("offline");
  }

  online(): void {
    if (this.queue.pause === "offline" || this.queue.pause === "unreachable") this.queue.resume();
  }

  resume(): void {
    this.queue.resume();
  }

  cancel(): void {
    this.queue.cancelAll();
  }

  again(): void {
    this.queue.again();
  }

  fold(event: Event): void {
    const isFolded = this.element.classList.toggle("queue--folded");
    if (!(event.currentTarget instanceof Element)) return;
    event.currentTarget.setAttribute("aria-expanded", String(!isFolded));
  }

  close(): void {
    this.queue.reset();
    this.view?.clear();
  }

  save(): void {
    const url = URL.createObjectURL(new Blob([toCsv(this.queue.items)], { type: "text/csv" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: "added.csv" });
    link.click();
    setTimeout(() => {
      URL.revokeObjectURL(url);
    }, 10_000);
  }

  /** The browser asks before a page is left from which files are still being sent. */
  leave(event: Event): void {
    if (this.queue.isRunning) event.preventDefault();
  }

  private changed(item?: Item): void {
    if (item?.state === "sending") {
      this.view?.move(item);
      return;
    }
    if (item?.state === "taken" || item?.state === "version") this.dispatch("added");
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.show();
    });
  }

  private show(): void {
    if (this.queue.items.length === 0) return;
    this.view?.show(this.queue);
    const words = pauseWords[this.queue.pause];
    if (words !== "" && words !== this.said) announce(words);
    this.said = words;
    if (!this.queue.isRunning) this.finish();
  }

  private finish(): void {
    const counts = tally(this.queue.items);
    const first = this.queue.items[0];
    const isPlain = counts.taken === counts.total && counts.total <= PLAIN_MAX;
    if (isPlain && counts.total === 1 && first) announce(`${first.file.name} is in the library`);
    else announce([`${counts.taken} added`, ...tallyWords(counts)].join(", "));
    if (isPlain) this.close();
  }
}

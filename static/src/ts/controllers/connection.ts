import { Controller } from "@hotwired/stimulus";
import { stream } from "../lib/stream";
import type { Status } from "../lib/stream";

const PATIENCE_MS = 800;
const words: Partial<Record<Status, string>> = {
  reconnecting: "Reconnecting",
  blocked: "No live connection: looking every 2 seconds",
};

/** Says when the live connection is gone; a gap too short to notice stays unmentioned. */
export class ConnectionController extends Controller<HTMLElement> {
  private unwatch: (() => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override connect(): void {
    this.unwatch = stream.watch((status) => {
      this.show(status);
    });
  }

  override disconnect(): void {
    this.unwatch?.();
    clearTimeout(this.timer);
  }

  private show(status: Status): void {
    clearTimeout(this.timer);
    const text = words[status];
    if (text === undefined) {
      this.element.hidden = true;
      return;
    }
    this.timer = setTimeout(() => {
      this.element.textContent = text;
      this.element.hidden = false;
    }, PATIENCE_MS);
  }
}

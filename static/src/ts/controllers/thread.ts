import { Controller } from "@hotwired/stimulus";
import { scrollToEnd } from "../lib/scroll";

const NEAR_PX = 48;
const TOP_PX = 56;

/** Follows a growing answer only while the reader is at its end, and offers the way back. */
export class ThreadController extends Controller<HTMLElement> {
  static override targets = ["list", "latest"];

  declare readonly listTarget: HTMLElement;
  declare readonly latestTarget: HTMLElement;

  private isAtEnd = true;
  private growth: ResizeObserver | undefined;
  private readonly onScroll = (): void => {
    const root = document.documentElement;
    this.isAtEnd = root.scrollHeight - window.scrollY - window.innerHeight < NEAR_PX;
    this.latestTarget.hidden = this.isAtEnd;
    root.toggleAttribute("data-at-top", window.scrollY < TOP_PX);
  };

  override connect(): void {
    addEventListener("scroll", this.onScroll, { passive: true });
    this.growth = new ResizeObserver(() => {
      if (this.isAtEnd) scrollToEnd(false, this.listTarget.lastElementChild);
      else this.onScroll();
    });
    // A link to one answer wins over the end of the conversation.
    if (location.hash === "" && this.listTarget.childElementCount > 1) scrollToEnd(false);
    this.onScroll();
    this.growth.observe(this.listTarget);
  }

  override disconnect(): void {
    removeEventListener("scroll", this.onScroll);
    this.growth?.disconnect();
  }

  /** The reader asked something: the answer grows under the question, which stays in sight. */
  follow(): void {
    this.isAtEnd = true;
    scrollToEnd(true, this.listTarget.lastElementChild);
  }

  jump(): void {
    this.isAtEnd = true;
    scrollToEnd(true);
  }
}

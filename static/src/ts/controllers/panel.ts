import { Controller } from "@hotwired/stimulus";
import { showCited } from "../lib/cited";
import { getFragment, Refusal } from "../lib/http";
import { urlOf } from "../lib/sources";
import { fill } from "../lib/swap";
import { Width } from "../lib/width";

interface Opening {
  entry: Element;
  opener: Element | null;
}

/** The source beside the answer: opened by a citation, walked through in order, closed by Escape. */
export class PanelController extends Controller<HTMLElement> {
  static override targets = ["body", "place", "previous", "next", "full", "grip"];

  declare readonly bodyTarget: HTMLElement;
  declare readonly placeTarget: HTMLElement;
  declare readonly previousTarget: HTMLButtonElement;
  declare readonly nextTarget: HTMLButtonElement;
  declare readonly fullTarget: HTMLAnchorElement;
  declare readonly gripTarget: HTMLElement;

  private entries: Element[] = [];
  private index = 0;
  private opener: Element | null = null;
  private width: Width | undefined;

  override connect(): void {
    this.width = new Width(this.element, this.gripTarget);
  }

  async show(event: CustomEvent<Opening>): Promise<void> {
    const { entry, opener } = event.detail;
    const all = entry.closest(".exchange")?.querySelectorAll("[data-source-number]") ?? [];
    this.entries = [...all].filter((each) => urlOf(each) !== "");
    this.index = this.entries.indexOf(entry);
    this.opener = opener;
    this.element.hidden = false;
    await this.load();
    this.element.focus({ preventScroll: true });
  }

  async previous(): Promise<void> {
    this.index = Math.max(0, this.index - 1);
    await this.load();
  }

  async next(): Promise<void> {
    this.index = Math.min(this.entries.length - 1, this.index + 1);
    await this.load();
  }

  /** Earlier and later pages of a long document stay in the panel. */
  async turn(event: Event): Promise<void> {
    const link = event.target instanceof Element ? event.target.closest("a[data-turn]") : null;
    const url = link?.getAttribute("href") ?? "";
    if (url === "") return;
    event.preventDefault();
    await this.fetch(url, () => true);
    this.bodyTarget.scrollTop = 0;
  }

  key(event: KeyboardEvent): void {
    if (event.defaultPrevented || this.element.hidden) return;
    event.preventDefault();
    this.close();
  }

  close(): void {
    this.element.hidden = true;
    if (this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus();
  }

  grab(event: PointerEvent): void {
    this.width?.grab(event);
  }

  nudge(event: KeyboardEvent): void {
    this.width?.nudge(event);
  }

  private async load(): Promise<void> {
    const entry = this.entries[this.index];
    if (!entry) return;
    const url = urlOf(entry);
    this.placeTarget.textContent = `Source ${this.index + 1} of ${this.entries.length}`;
    this.previousTarget.disabled = this.index === 0;
    this.nextTarget.disabled = this.index === this.entries.length - 1;
    this.fullTarget.href = url;
    // A second click may have moved on while this one was on its way.
    await this.fetch(url, () => this.entries[this.index] === entry);
    if (!showCited(this.bodyTarget)) this.bodyTarget.scrollTop = 0;
  }

  private async fetch(url: string, isWanted: () => boolean): Promise<void> {
    this.bodyTarget.setAttribute("aria-busy", "true");
    try {
      const { html } = await getFragment(url);
      if (isWanted()) fill(this.bodyTarget, html);
    } catch (error) {
      this.tell(error);
    } finally {
      this.bodyTarget.removeAttribute("aria-busy");
    }
  }

  private tell(error: unknown): void {
    if (!(error instanceof Refusal)) throw error;
    if (error.html === "") this.bodyTarget.textContent = error.message;
    else fill(this.bodyTarget, error.html);
  }
}

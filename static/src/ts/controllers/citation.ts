import { Controller } from "@hotwired/stimulus";
import { citedBy, streamed, urlOf } from "../lib/sources";
import type { Cited } from "../lib/sources";

const SHOW_MS = 120;
const HIDE_MS = 180;
const GAP_PX = 8;

/** A citation's card on hover and focus, and its source beside the answer on click. */
export class CitationController extends Controller<HTMLElement> {
  static override targets = ["card"];

  declare readonly cardTarget: HTMLElement;

  private anchor: HTMLElement | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override disconnect(): void {
    clearTimeout(this.timer);
  }

  over(event: Event): void {
    const anchor = anchorOf(event);
    if (!anchor) return;
    this.later(SHOW_MS, () => {
      this.show(anchor);
    });
  }

  out(event: Event): void {
    if (anchorOf(event)) this.leave();
  }

  /** The pointer is on the card itself: it may be read to its end. */
  keep(): void {
    clearTimeout(this.timer);
  }

  leave(): void {
    this.later(HIDE_MS, () => {
      this.hide();
    });
  }

  dismiss(event: Event): void {
    if (this.anchor === null) return;
    event.preventDefault();
    this.hide();
  }

  open(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const link =
      event.target instanceof Element ? event.target.closest("a[data-source-link]") : null;
    const anchor = anchorOf(event);
    const entry = link?.closest("[data-source-number]") ?? (anchor && citedBy(anchor)?.entry);
    if (!entry || urlOf(entry) === "") return;
    event.preventDefault();
    this.hide();
    const detail = { entry, opener: anchor ?? link };
    document.dispatchEvent(new CustomEvent("quire:source", { detail }));
  }

  private show(anchor: HTMLElement): void {
    const cited = citedBy(anchor);
    if (!cited || !this.fill(cited)) return;
    this.anchor?.removeAttribute("aria-describedby");
    this.anchor = anchor;
    anchor.setAttribute("aria-describedby", this.cardTarget.id);
    this.cardTarget.showPopover();
    this.placeBy(anchor);
  }

  private hide(): void {
    clearTimeout(this.timer);
    this.anchor?.removeAttribute("aria-describedby");
    this.anchor = null;
    if (this.cardTarget.matches(":popover-open")) this.cardTarget.hidePopover();
  }

  private fill({ entry, exchange, number }: Cited): boolean {
    const parts: Node[] = [];
    if (entry) {
      for (const part of entry.querySelectorAll(".source__line, [data-source-quote]")) {
        parts.push(part.cloneNode(true));
      }
    } else {
      const line = document.createElement("p");
      line.textContent = streamed(exchange, number);
      if (line.textContent !== "") parts.push(line);
    }
    this.cardTarget.replaceChildren(...parts);
    return parts.length > 0;
  }

  /** Under the number where there is room, above it where there is not, never outside the window. */
  private placeBy(anchor: HTMLElement): void {
    const at = anchor.getBoundingClientRect();
    const card = this.cardTarget.getBoundingClientRect();
    const isRoom = at.bottom + GAP_PX + card.height < innerHeight;
    const top = isRoom ? at.bottom + GAP_PX : Math.max(GAP_PX, at.top - GAP_PX - card.height);
    const left = Math.min(at.left - 16, innerWidth - card.width - 12);
    this.cardTarget.style.top = `${top}px`;
    this.cardTarget.style.left = `${Math.max(12, left)}px`;
  }

  private later(milliseconds: number, act: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, milliseconds);
  }
}

function anchorOf(event: Event): HTMLElement | null {
  if (!(event.target instanceof Element)) return null;
  const mark = event.target.closest(".citation");
  if (!mark) return null;
  return mark instanceof HTMLAnchorElement ? mark : mark.querySelector("a");
}

import { Controller } from "@hotwired/stimulus";
import { keepCookie } from "../lib/cookies";

const PHONE = "(max-width: 60rem)";

/** Folds the conversations away on a desk and slides them over on a phone. */
export class SidebarController extends Controller<HTMLElement> {
  static override targets = ["nav", "unfold"];

  declare readonly navTarget: HTMLElement;
  declare readonly unfoldTarget: HTMLElement;

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !event.defaultPrevented && this.isOver) this.close(event);
  };

  override connect(): void {
    document.addEventListener("keydown", this.onKey);
  }

  override disconnect(): void {
    document.removeEventListener("keydown", this.onKey);
    if (this.isOver) this.set("");
  }

  fold(): void {
    this.set("folded");
    keepCookie("sidebar", "folded");
    this.unfoldTarget.focus();
  }

  unfold(event: Event): void {
    event.preventDefault();
    if (matchMedia(PHONE).matches) {
      this.set("open");
    } else {
      this.set("");
      keepCookie("sidebar", "");
    }
    this.navTarget.querySelector<HTMLElement>("a, button")?.focus();
  }

  close(event: Event): void {
    event.preventDefault();
    this.set("");
    this.unfoldTarget.focus();
  }

  private get isOver(): boolean {
    return document.documentElement.dataset["sidebar"] === "open";
  }

  private set(state: string): void {
    if (state === "") delete document.documentElement.dataset["sidebar"];
    else document.documentElement.dataset["sidebar"] = state;
  }
}

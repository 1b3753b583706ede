import { Controller } from "@hotwired/stimulus";

/** A `<details>` that behaves as a menu: a click elsewhere or Escape closes it. */
export class MenuController extends Controller<HTMLDetailsElement> {
  static override targets = ["summary"];

  declare readonly summaryTarget: HTMLElement;

  private readonly onPointer = (event: Event): void => {
    if (event.target instanceof Node && !this.element.contains(event.target)) this.close();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.element.open) return;
    event.preventDefault();
    this.close();
    this.summaryTarget.focus();
  };

  override connect(): void {
    document.addEventListener("pointerdown", this.onPointer);
    this.element.addEventListener("keydown", this.onKey);
  }

  override disconnect(): void {
    document.removeEventListener("pointerdown", this.onPointer);
    this.element.removeEventListener("keydown", this.onKey);
  }

  close(): void {
    this.element.open = false;
  }
}

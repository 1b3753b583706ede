import { Controller } from "@hotwired/stimulus";

/** Says how many rows are ticked, ticks all of them, and offers what can be done with at least one. */
export class SelectionController extends Controller<HTMLElement> {
  static override targets = ["bar", "count", "button", "none"];

  declare readonly barTarget: HTMLElement;
  declare readonly hasBarTarget: boolean;
  declare readonly countTarget: HTMLElement;
  declare readonly buttonTargets: HTMLButtonElement[];
  declare readonly noneTargets: HTMLElement[];

  override connect(): void {
    const all = this.box;
    if (all) all.hidden = this.boxes.length === 0;
    this.show();
  }

  /** A box of the page was ticked, or rows came and went. */
  count(event: Event): void {
    const all = this.box;
    if (all !== null && event.target === all) this.tick(all.checked);
    else this.show();
  }

  all(): void {
    this.tick(true);
  }

  none(): void {
    this.tick(false);
    this.box?.focus();
  }

  private get boxes(): HTMLInputElement[] {
    return [...this.element.querySelectorAll<HTMLInputElement>("input[name=document]")];
  }

  private get box(): HTMLInputElement | null {
    return this.element.querySelector<HTMLInputElement>("input[data-all]");
  }

  private tick(isTicked: boolean): void {
    for (const box of this.boxes) box.checked = isTicked;
    this.show();
  }

  private show(): void {
    if (!this.hasBarTarget) return;
    const boxes = this.boxes;
    const rows = boxes.filter((box) => box.checked).map((box) => box.closest("[data-row]"));
    this.barTarget.hidden = rows.length === 0;
    this.countTarget.textContent = `${rows.length} selected`;
    for (const button of this.noneTargets) button.hidden = false;
    this.barTarget.dataset["ready"] = "";
    for (const button of this.buttonTargets) {
      const mark = marks[button.value];
      button.disabled = mark !== undefined && !rows.some((row) => row?.hasAttribute(mark));
    }
    const all = this.box;
    if (all === null) return;
    all.checked = rows.length > 0 && rows.length === boxes.length;
    all.indeterminate = rows.length > 0 && rows.length < boxes.length;
  }
}

/** What a row says of itself that has to be so of one of them. */
const marks: Record<string, string | undefined> = {
  retry: "data-row-retry",
  cancel: "data-row-busy",
};

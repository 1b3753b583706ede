import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/announce";

const SHOWN_MS = 2000;

/** Copies the text of another element; the button stays hidden where copying is not possible. */
export class ClipboardController extends Controller<HTMLElement> {
  static override targets = ["word"];
  static override values = { from: String };

  declare readonly wordTarget: HTMLElement;
  declare readonly fromValue: string;

  override connect(): void {
    this.element.hidden = !("clipboard" in navigator);
  }

  async copy(): Promise<void> {
    const source = document.querySelector<HTMLElement>(this.fromValue);
    if (source === null) return;
    const before = this.wordTarget.textContent;
    await navigator.clipboard.writeText(source.innerText.trim());
    this.wordTarget.textContent = "Copied";
    announce("Copied");
    setTimeout(() => {
      this.wordTarget.textContent = before;
    }, SHOWN_MS);
  }
}

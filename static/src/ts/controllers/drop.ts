import { Controller } from "@hotwired/stimulus";
import { fromDrop } from "../lib/folders";

/** Files and folders may be dropped anywhere on the page; the veil says so while they are held over it. */
export class DropController extends Controller<HTMLElement> {
  static override targets = ["veil"];

  declare readonly veilTarget: HTMLElement;
  declare readonly hasVeilTarget: boolean;

  /** Enter and leave come for every element crossed; the page is left when they balance. */
  private depth = 0;

  enter(event: DragEvent): void {
    this.count(event, 1);
  }

  leave(event: DragEvent): void {
    this.count(event, -1);
  }

  /** Without this the browser would open the file instead of dropping it. */
  over(event: DragEvent): void {
    this.count(event, 0);
  }

  take(event: DragEvent): void {
    if (!holdsFiles(event) || !this.hasVeilTarget) return;
    event.preventDefault();
    this.depth = 0;
    this.veilTarget.hidden = true;
    if (event.dataTransfer === null) return;
    void fromDrop(event.dataTransfer).then((dropped) => {
      this.dispatch("files", { detail: dropped });
    });
  }

  private count(event: DragEvent, step: number): void {
    if (!holdsFiles(event) || !this.hasVeilTarget) return;
    event.preventDefault();
    this.depth = Math.max(0, this.depth + step);
    this.veilTarget.hidden = this.depth === 0;
  }
}

function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

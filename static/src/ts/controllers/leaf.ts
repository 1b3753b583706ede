import { Controller } from "@hotwired/stimulus";
import { showCited } from "../lib/cited";

/** Brings the cited words of a document's own page into view, unless the address names a place. */
export class LeafController extends Controller<HTMLElement> {
  override connect(): void {
    if (location.hash === "") showCited(this.element);
  }
}

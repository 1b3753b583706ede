import { Controller } from "@hotwired/stimulus";

/** Django's autocomplete fields in the administration hide the labelled select; their stand-in gets its name. */
export class LabelsController extends Controller<HTMLElement> {
  // The stand-ins come when Django's own script gets to it, and with each form that is added.
  private readonly arrivals = new MutationObserver(() => {
    this.apply();
  });

  override connect(): void {
    this.arrivals.observe(this.element, { childList: true, subtree: true });
    this.apply();
  }

  override disconnect(): void {
    this.arrivals.disconnect();
  }

  private apply(): void {
    for (const select of this.element.querySelectorAll<HTMLSelectElement>(".admin-autocomplete")) {
      const shown = select.parentElement?.querySelector(".select2-selection__rendered");
      const name = select.labels[0]?.textContent.replace(":", "").trim();
      if (shown && name) shown.setAttribute("aria-label", name);
    }
  }
}

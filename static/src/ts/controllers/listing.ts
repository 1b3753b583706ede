import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/announce";
import { LIST, renewParts } from "../lib/parts";

const PARTS = [...LIST, "library-filter"];

/** Goes through the list by links and filters without leaving the page, on which files may still be on their way. */
export class ListingController extends Controller<HTMLElement> {
  private shown = location.pathname + location.search;

  go(event: MouseEvent): void {
    const link = event.currentTarget;
    const isPlain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!(link instanceof HTMLAnchorElement) || !isPlain || event.button !== 0) return;
    event.preventDefault();
    void this.visit(link.href);
  }

  search(event: Event): void {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (form === null) return;
    event.preventDefault();
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && value.trim() !== "") url.searchParams.set(name, value);
    }
    void this.visit(url.href);
  }

  back(): void {
    // A jump inside the page tells of itself in the same way.
    if (location.pathname + location.search !== this.shown) void this.load(location.href);
  }

  private async visit(url: string): Promise<void> {
    history.pushState(null, "", url);
    await this.load(url);
  }

  private async load(url: string): Promise<void> {
    this.shown = location.pathname + location.search;
    const list = document.getElementById("library");
    list?.setAttribute("aria-busy", "true");
    try {
      await renewParts(url, PARTS);
    } catch {
      location.assign(url);
      return;
    }
    const current = document.querySelector("#library-states [aria-current]");
    announce(current?.textContent.trim().replace(/\s+/g, " ") ?? "");
    if (list && list.getBoundingClientRect().top < 0) {
      document.getElementById("library-states")?.scrollIntoView({ block: "start" });
    }
  }
}

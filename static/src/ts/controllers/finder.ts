import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/announce";
import { fill } from "../lib/swap";

/** What htmx tells of a request. */
type Told = CustomEvent<{ requestConfig: { elt: Element }; xhr: XMLHttpRequest }>;

const STEPS: Record<string, number | undefined> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
/** So long a pause in typing is one to search in. */
const PAUSE_MS = 250;

/** Searches at each pause in typing, goes through results by keyboard, and keeps the address that of what is shown. */
export class FinderController extends Controller<HTMLElement> {
  static override targets = ["form", "words", "results"];

  declare readonly formTarget: HTMLFormElement;
  declare readonly wordsTarget: HTMLInputElement;
  declare readonly resultsTarget: HTMLElement;

  private shownBefore = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private isTyping = false;

  override disconnect(): void {
    clearTimeout(this.pause);
  }

  type(): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      this.isTyping = true;
      this.formTarget.requestSubmit();
      this.isTyping = false;
    }, PAUSE_MS);
  }

  /** Whoever presses Enter is not asked for again a moment later. */
  submit(): void {
    clearTimeout(this.pause);
  }

  /** What is asked in the middle of a word is not worth a language model's time. */
  tell(event: CustomEvent<{ headers: Record<string, string> }>): void {
    if (this.isTyping) event.detail.headers["X-Quire-Typing"] = "1";
  }

  key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const here = document.activeElement;
    const isInField = here instanceof HTMLElement && here.matches("input, select, textarea");
    if (here === this.wordsTarget) {
      if (event.key === "ArrowDown") this.move(event, 1);
    } else if (this.place >= 0 && STEPS[event.key] !== undefined) {
      this.move(event, STEPS[event.key] ?? 0);
    } else if ((event.key === "/" && !isInField) || (event.key === "Escape" && this.place >= 0)) {
      this.comeBack(event);
    }
  }

  begin(): void {
    this.shownBefore = this.links.length;
    this.resultsTarget.setAttribute("aria-busy", "true");
  }

  /** The results are there: of a form its own address, of a link to more the link's. */
  shown(event: Told): void {
    const asker = event.detail.requestConfig.elt;
    const isMore = asker instanceof HTMLAnchorElement;
    history.replaceState(null, "", isMore ? asker.href : this.address);
    this.end();
    announce(this.element.querySelector("[data-results-count]")?.textContent.trim() ?? "");
    if (isMore) this.links[this.shownBefore]?.focus();
  }

  /** The server refused: its own words about it stand where the results would. */
  refused(event: Told): void {
    this.end();
    const html = event.detail.xhr.responseText;
    if (html.includes("<html")) this.say("Quire could not search just now. Try again in a moment.");
    else fill(this.resultsTarget, html);
  }

  unreached(): void {
    this.end();
    this.say("Quire cannot be reached. Check the connection and try again.");
  }

  private end(): void {
    this.resultsTarget.removeAttribute("aria-busy");
  }

  private say(words: string): void {
    const notice = document.createElement("p");
    notice.className = "notice notice--bad";
    notice.setAttribute("role", "alert");
    notice.textContent = words;
    this.resultsTarget.replaceChildren(notice);
  }

  private get links(): HTMLAnchorElement[] {
    return [...this.resultsTarget.querySelectorAll<HTMLAnchorElement>("a[data-result]")];
  }

  /** Which result has the focus, or what belongs to it; -1 where none has. */
  private get place(): number {
    const result = document.activeElement?.closest(".result");
    return this.links.findIndex((link) => result?.contains(link));
  }

  private get address(): string {
    const url = new URL(this.formTarget.action);
    for (const [name, value] of new FormData(this.formTarget)) {
      if (typeof value === "string" && value.trim() !== "") url.searchParams.set(name, value);
    }
    return url.href;
  }

  private move(event: KeyboardEvent, step: number): void {
    const links = this.links;
    const next = this.place + step;
    if (links.length === 0) return;
    event.preventDefault();
    if (next < 0) this.wordsTarget.focus();
    else links[Math.min(next, links.length - 1)]?.focus();
  }

  private comeBack(event: KeyboardEvent): void {
    event.preventDefault();
    this.wordsTarget.focus();
    this.wordsTarget.select();
  }
}

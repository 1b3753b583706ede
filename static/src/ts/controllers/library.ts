import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/announce";
import { Gatherer } from "../lib/gather";
import { getFragment, Refusal } from "../lib/http";
import { keeping, LIST, put, renewParts } from "../lib/parts";
import { stream } from "../lib/stream";
import { fill, pickAll } from "../lib/swap";
import { SHOWN_MAX } from "../protocol";
import type { ServerEvent } from "../protocol";

const POLL_MS = 2_000;
/** What is not on the page changes only the numbers above it: once in a while is enough. */
const ELSEWHERE_MS = 2_000;
const elsewhere = [undefined, ELSEWHERE_MS] as const;
const COUNTS = ["library-summary", "library-states"];

/** Keeps the rows as the server has them: told by the socket, or by looking where sockets are blocked. */
export class LibraryController extends Controller<HTMLElement> {
  static override targets = ["list", "news"];
  static override values = { workspace: String, rows: String };

  declare readonly listTarget: HTMLElement;
  declare readonly newsTarget: HTMLElement;
  declare readonly workspaceValue: string;
  declare readonly rowsValue: string;

  private readonly ends: (() => void)[] = [];
  private poll: ReturnType<typeof setInterval> | undefined;
  private readonly rows = new Gatherer((ids) => this.fetchRows(ids));
  private readonly list = new Gatherer(() => this.fetchList(), ELSEWHERE_MS);
  private listedAt = -Infinity;

  override connect(): void {
    const topic = { topic: "library" as const, workspace: this.workspaceValue };
    this.ends.push(
      stream.subscribe(topic, 0, this.hear.bind(this), () => this.shown().slice(0, SHOWN_MAX)),
      stream.watch((status) => {
        clearInterval(this.poll);
        if (status === "blocked")
          this.poll = setInterval(() => {
            this.look();
          }, POLL_MS);
        else if (status === "open") this.look();
      }),
    );
  }

  override disconnect(): void {
    clearInterval(this.poll);
    this.rows.stop();
    this.list.stop();
    for (const end of this.ends.splice(0)) end();
  }

  /** Files were taken: the first one shows at once, of many the list is fetched once in a while. */
  added(): void {
    if (this.isFirstPage) this.relist();
    else this.rows.add(...elsewhere);
  }

  /** The server refused what a button asked for: its words stand where its other messages do. */
  refused(event: CustomEvent<{ xhr: XMLHttpRequest }>): void {
    const html = event.detail.xhr.responseText;
    const place = document.getElementById("messages");
    if (place && !html.includes("<html")) fill(place, html);
  }

  /** What came of pressing a button is also said to who does not see it. */
  settled(event: Event): void {
    if (event.target instanceof Element && event.target.id === "messages") {
      announce(event.target.textContent.trim());
    } else this.look(); // as after the list below
  }

  private hear(event: ServerEvent): void {
    if (event.type === "document.updated") {
      if (rowOf(event.document)) this.rows.add(event.document);
      else this.rows.add(...elsewhere);
    } else if (event.type === "document.removed") {
      rowOf(event.document)?.remove();
      if (this.shown().length === 0) this.relist();
      else this.rows.add(event.document, ELSEWHERE_MS);
    } else if (event.type === "error") this.say(event.detail);
    // A ring may get lost.
    else if (event.type === "pong") this.look();
  }

  private get isFirstPage(): boolean {
    return this.listTarget.hasAttribute("data-first");
  }

  private shown(rows = "[data-row]"): string[] {
    return [...this.element.querySelectorAll(rows)].map((row) => row.id.replace("document-", ""));
  }

  private say(words: string): void {
    document.getElementById("library-summary")?.replaceChildren(words);
  }

  private look(): void {
    for (const id of this.shown("[data-row-busy]")) this.rows.add(id);
  }

  private relist(): void {
    const pause = Math.max(0, this.listedAt + ELSEWHERE_MS - Date.now());
    this.listedAt = Date.now() + pause;
    this.list.add(undefined, pause);
  }

  /** The list may be older than what rang while it was on its way, and nothing rings for that again. */
  private async fetchList(): Promise<void> {
    await renewParts(location.href, LIST);
    this.look();
  }

  private async fetchRows(ids: string[]): Promise<void> {
    const url = new URL(this.rowsValue, location.href);
    url.search = location.search;
    url.searchParams.set("ids", ids.join(","));
    const names = ids.map((id) => `document-${id}`);
    const html = await getFragment(url.href).then((found) => found.html, gone);
    const parts = pickAll(html, [...COUNTS, ...names]);
    const before = totalShown();
    keeping(() => {
      for (const name of [...COUNTS, ...names]) put(name, parts.get(name));
    });
    if (this.isFirstPage && totalShown() > before) this.offerNew();
  }

  /** New documents stand above all others; nothing moves under the hand of somebody who is choosing rows. */
  private offerNew(): void {
    const isInUse = this.listTarget.querySelector(":checked, :focus-visible") !== null;
    if (isInUse) this.newsTarget.hidden = false;
    else this.relist();
  }
}

/** The reader sees none of the rows any more: what is left to put are no rows. */
function gone(error: unknown): string {
  if (error instanceof Refusal && error.status === 404) return "";
  throw error;
}

function rowOf(id: string): HTMLElement | null {
  return document.getElementById(`document-${id}`);
}

function totalShown(): number {
  return Number(document.getElementById("library-states")?.dataset["total"] ?? 0);
}

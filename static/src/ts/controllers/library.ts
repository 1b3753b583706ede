import { Controller } from "@hotwired/stimulus";
import { getFragment, getPage, Refusal } from "../lib/http";
import { stream } from "../lib/stream";
import { SHOWN_MAX } from "../protocol";
import type { ServerEvent } from "../protocol";
import { insert, pick, replace } from "../lib/swap";

const POLL_MS = 2000;

/** Keeps the rows as the server has them: told by the socket, or by looking where sockets are blocked. */
export class LibraryController extends Controller<HTMLElement> {
  static override targets = ["rows"];
  static override values = { workspace: String, url: String };

  declare readonly rowsTarget: HTMLElement;
  declare readonly hasRowsTarget: boolean;
  declare readonly workspaceValue: string;
  declare readonly urlValue: string;

  private readonly ends: (() => void)[] = [];
  private poll: ReturnType<typeof setInterval> | undefined;
  /** Rows being fetched; true means one more update came meanwhile. */
  private readonly busy = new Map<string, boolean>();

  override connect(): void {
    const topic = { topic: "library" as const, workspace: this.workspaceValue };
    this.ends.push(
      stream.subscribe(
        topic,
        0,
        (event) => void this.hear(event),
        () => this.shown(),
      ),
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
    for (const end of this.ends.splice(0)) end();
  }

  /** A file was taken: its row stands first. */
  async added(event: CustomEvent<{ html: string }>): Promise<void> {
    const { html } = event.detail;
    const id = /id="(document-[^"]+)"/.exec(html)?.[1];
    if (!this.hasRowsTarget || id === undefined) return this.renew("library", "library-summary");
    const known = document.getElementById(id);
    if (known) replace(known, html);
    else insert(this.rowsTarget, html, this.rowsTarget.firstChild);
    return this.renew("library-summary");
  }

  private async hear(event: ServerEvent): Promise<void> {
    if (event.type === "document.updated") await this.refresh(event.document);
    else if (event.type === "document.removed") await this.remove(event.document);
    else if (event.type === "error") this.say(event.detail);
  }

  private shown(): string[] {
    const rows = [...this.element.querySelectorAll("[data-row-url]")];
    return rows.slice(0, SHOWN_MAX).map((row) => row.id.replace("document-", ""));
  }

  private async remove(id: string): Promise<void> {
    const row = document.getElementById(`document-${id}`);
    if (row === null) return;
    row.remove();
    await this.renew("library-summary", ...(this.shown().length === 0 ? ["library"] : []));
  }

  private say(words: string): void {
    const summary = document.getElementById("library-summary");
    if (summary) summary.textContent = words;
  }

  private look(): void {
    for (const row of this.element.querySelectorAll("[data-row-busy]")) {
      void this.refresh(row.id.replace("document-", ""));
    }
  }

  private async refresh(id: string): Promise<void> {
    if (this.busy.has(id)) {
      this.busy.set(id, true);
      return;
    }
    this.busy.set(id, false);
    try {
      await this.fetchRow(id);
    } finally {
      const isStale = this.busy.get(id) === true;
      this.busy.delete(id);
      if (isStale) void this.refresh(id);
    }
  }

  private async fetchRow(id: string): Promise<void> {
    const row = document.getElementById(`document-${id}`);
    const url = row?.dataset["rowUrl"];
    if (!row || url === undefined) return this.renew("library", "library-summary");
    try {
      const { html } = await getFragment(url);
      const next = replace(row, html);
      // What counts in the sentence above the table are the documents that can be asked about.
      if (isBusy(row) && next && !isBusy(next)) await this.renew("library-summary");
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) row.remove();
    }
  }

  /** Take parts of the page as the server has it now. */
  private async renew(...ids: string[]): Promise<void> {
    const page = await getPage(this.urlValue);
    for (const id of ids) {
      const html = pick(page, `#${id}`);
      const current = document.getElementById(id);
      if (current && html !== null) replace(current, html);
    }
  }
}

function isBusy(row: Element): boolean {
  return row.hasAttribute("data-row-busy");
}

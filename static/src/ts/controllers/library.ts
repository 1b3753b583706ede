import { Controller } from "@hotwired/stimulus";
import { getFragment, getPage, Refusal } from "../lib/http";
import { stream } from "../lib/stream";
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
      stream.subscribe(topic, 0, (event) => {
        if (event.type === "document.updated") void this.refresh(event.document);
      }),
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
    if (!this.hasRowsTarget || id === undefined) return this.reload();
    const known = document.getElementById(id);
    if (known) replace(known, html);
    else insert(this.rowsTarget, html, this.rowsTarget.firstChild);
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
    if (!row || url === undefined) return this.reload();
    try {
      const { html } = await getFragment(url);
      replace(row, html);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) row.remove();
    }
  }

  private async reload(): Promise<void> {
    const current = document.getElementById("library");
    const html = pick(await getPage(this.urlValue), "#library");
    if (current && html !== null) replace(current, html);
  }
}

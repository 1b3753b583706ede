import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/announce";
import { refusal } from "../lib/files";
import { sendWithProgress } from "../lib/send";
import { insert } from "../lib/swap";
import { copyOf } from "../lib/template";
import { fillSlots } from "../lib/words";

/** Takes files from the field or from a drop, refuses in words what cannot work, sends the rest. */
export class UploadController extends Controller<HTMLElement> {
  static override targets = ["form", "input", "hint", "browse", "queue", "template", "refusal"];
  static override values = { limit: Number, accepts: String };

  declare readonly formTarget: HTMLFormElement;
  declare readonly hasFormTarget: boolean;
  declare readonly inputTarget: HTMLInputElement;
  declare readonly hintTarget: HTMLElement;
  declare readonly browseTarget: HTMLElement;
  declare readonly queueTarget: HTMLElement;
  declare readonly templateTarget: HTMLTemplateElement;
  declare readonly refusalTarget: HTMLTemplateElement;
  declare readonly limitValue: number;
  declare readonly acceptsValue: string;

  private waiting: Promise<void> = Promise.resolve();

  override connect(): void {
    if (!this.hasFormTarget) return;
    this.formTarget.classList.add("upload--live");
    this.inputTarget.multiple = true;
    this.hintTarget.hidden = false;
    this.browseTarget.hidden = false;
  }

  browse(): void {
    this.inputTarget.click();
  }

  submit(event: Event): void {
    event.preventDefault();
    this.pick();
  }

  pick(): void {
    this.take([...(this.inputTarget.files ?? [])]);
    this.inputTarget.value = "";
  }

  /** Files that were dropped (see the drop controller). */
  receive(event: CustomEvent<{ files: File[] }>): void {
    this.take(event.detail.files);
  }

  dismiss(event: Event): void {
    if (event.target instanceof Element) event.target.closest(".notice")?.remove();
  }

  private take(files: readonly File[]): void {
    // Where they go and who sees them, as it is chosen now: a long queue may be sent after another choice.
    const fields = new FormData(this.formTarget);
    for (const file of files) {
      const why = refusal(file, { limit: this.limitValue, accepts: this.acceptsValue });
      if (why !== "") this.refuse(file.name, why);
      else this.waiting = this.waiting.then(() => this.send(file, fields));
    }
  }

  private async send(file: File, fields: FormData): Promise<void> {
    const item = copyOf(this.templateTarget, { name: file.name, state: "0 %" });
    this.queueTarget.append(item);
    const bar = item.querySelector("progress");
    fields.set("file", file);
    const { status, html } = await sendWithProgress(this.formTarget.action, fields, (percent) => {
      if (bar) bar.value = percent;
      fillSlots(item, { state: percent === 100 ? "Checking" : `${percent} %` });
    });
    item.remove();
    if (status >= 200 && status < 300) {
      announce(`${file.name} is in the library`);
      this.dispatch("added", { detail: { html } });
    } else if (html.trim() !== "" && !html.includes("<html")) {
      insert(this.queueTarget, html);
    } else {
      this.refuse(
        file.name,
        status === 413
          ? "It is larger than this installation takes."
          : "Quire could not be reached or did not take it. Try again in a moment.",
      );
    }
  }

  private refuse(name: string, detail: string): void {
    this.queueTarget.append(copyOf(this.refusalTarget, { title: name, detail }));
  }
}

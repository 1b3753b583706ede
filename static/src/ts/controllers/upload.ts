import { Controller } from "@hotwired/stimulus";
import { refusal } from "../lib/files";
import { fromInput, isLitter } from "../lib/folders";
import type { Dropped, Picked } from "../lib/folders";
import type { Transport } from "../lib/item";
import { sendForm } from "../lib/send";

/** Files that somebody gave: those to be sent, how, and those that are not sent at all. */
export interface Given {
  good: Picked[];
  left: { picked: Picked; state: "refused" | "skipped"; reason: string }[];
  transport: Transport;
}

/** Takes files and folders from the fields or from a drop, and refuses in words what cannot work; the queue sends the rest. */
export class UploadController extends Controller<HTMLElement> {
  static override targets = ["form", "input", "folder", "live"];
  static override values = { limit: Number, accepts: String };

  declare readonly formTarget: HTMLFormElement;
  declare readonly hasFormTarget: boolean;
  declare readonly inputTarget: HTMLInputElement;
  declare readonly folderTarget: HTMLInputElement;
  declare readonly liveTargets: HTMLElement[];
  declare readonly limitValue: number;
  declare readonly acceptsValue: string;

  override connect(): void {
    if (!this.hasFormTarget) return;
    this.formTarget.classList.add("upload--live");
    for (const part of this.liveTargets) part.hidden = false;
  }

  browse(): void {
    this.inputTarget.click();
  }

  browseFolder(): void {
    this.folderTarget.click();
  }

  submit(event: Event): void {
    event.preventDefault();
    this.pick();
  }

  pick(): void {
    for (const input of [this.inputTarget, this.folderTarget]) {
      this.give({ picked: fromInput(input.files ?? []), unreadable: [] });
      input.value = "";
    }
  }

  /** Files and folders that were dropped (see the drop controller). */
  receive(event: CustomEvent<Dropped>): void {
    if (this.hasFormTarget) this.give(event.detail);
  }

  private give({ picked, unreadable }: Dropped): void {
    if (picked.length + unreadable.length === 0) return;
    const given: Given = { good: [], left: [], transport: this.transport() };
    for (const one of picked) {
      const reason = refusal(one.file, { limit: this.limitValue, accepts: this.acceptsValue });
      if (isLitter(one)) {
        given.left.push({ picked: one, state: "skipped", reason: "A hidden file of the system." });
      } else if (reason !== "") given.left.push({ picked: one, state: "refused", reason });
      else given.good.push(one);
    }
    for (const path of unreadable) {
      const file = new File([], path.split("/").pop() ?? path);
      const reason = "Your browser could not open it.";
      given.left.push({ picked: { file, path }, state: "refused", reason });
    }
    this.dispatch("given", { detail: given });
  }

  /** Where files go and who sees them is as it is chosen now: a long queue may be sent after another choice. */
  private transport(): Transport {
    const chosen = new FormData(this.formTarget);
    const url = this.formTarget.action;
    chosen.delete("file");
    return ({ file, path }, onProgress) => {
      const form = new FormData();
      for (const [name, value] of chosen) if (typeof value === "string") form.append(name, value);
      if (path !== "") form.set("path", path);
      form.set("file", file);
      return sendForm(url, form, onProgress);
    };
  }
}

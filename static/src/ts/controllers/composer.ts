import { Controller } from "@hotwired/stimulus";
import { announce } from "../lib/announce";
import { postForm, Refusal } from "../lib/http";
import { becomeConversation, objection } from "../lib/question";
import { fill, replace } from "../lib/swap";
import { copyOf } from "../lib/template";

/** Asks: the question stands on the page at once, and is taken back with the reason if it is refused. */
export class ComposerController extends Controller<HTMLElement> {
  static override targets = [
    "form",
    "input",
    "send",
    "stop",
    "error",
    "thread",
    "template",
    "conversation",
  ];
  static override values = { limit: Number };

  declare readonly formTarget: HTMLFormElement;
  declare readonly inputTarget: HTMLTextAreaElement;
  declare readonly sendTarget: HTMLElement;
  declare readonly stopTarget: HTMLElement;
  declare readonly errorTarget: HTMLElement;
  declare readonly threadTarget: HTMLElement;
  declare readonly templateTarget: HTMLTemplateElement;
  declare readonly conversationTarget: HTMLInputElement;
  declare readonly limitValue: number;

  private isSending = false;

  key(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.formTarget.requestSubmit();
    } else if (event.key === "Escape" && !this.stopTarget.hidden) {
      event.preventDefault();
      this.stop();
    }
  }

  grow(): void {
    this.refresh();
    if (CSS.supports("field-sizing", "content")) return;
    this.inputTarget.style.height = "auto";
    this.inputTarget.style.height = `${this.inputTarget.scrollHeight}px`;
  }

  submit(event: Event): void {
    event.preventDefault();
    void this.ask(this.inputTarget.value.trim());
  }

  suggest(event: SubmitEvent): void {
    event.preventDefault();
    const field = (event.target as HTMLFormElement).elements.namedItem("question");
    if (field instanceof HTMLInputElement) void this.ask(field.value);
  }

  async retry(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const exchange = form.closest(".exchange");
    try {
      const { html } = await postForm(form.action, new FormData(form));
      if (exchange && html.trim() !== "") replace(exchange, html);
      else location.reload();
    } catch (error) {
      this.refuse(error);
    }
  }

  stop(): void {
    document.dispatchEvent(new CustomEvent("quire:stop"));
  }

  /** Stop stands where Ask stands while an answer is written and nothing new is typed. */
  refresh(): void {
    const isLive = this.threadTarget.querySelector("[data-controller~=exchange]") !== null;
    const isStop = isLive && this.inputTarget.value.trim() === "";
    this.stopTarget.hidden = !isStop;
    this.sendTarget.hidden = isStop;
  }

  private async ask(question: string): Promise<void> {
    if (this.isSending) return;
    this.errorTarget.replaceChildren();
    const why = objection(question, this.limitValue);
    if (why !== "") {
      this.say(why);
      return;
    }
    this.isSending = true;
    const isFirst = this.element.classList.contains("chat--begin");
    const sent = this.place(question);
    try {
      const data = new FormData(this.formTarget);
      data.set("question", question);
      this.inputTarget.value = "";
      this.grow();
      const { html, location: page } = await postForm(this.formTarget.action, data);
      replace(sent, html);
      announce("Question sent");
      if (isFirst) await this.settle(page, question);
    } catch (error) {
      sent.remove();
      this.element.classList.toggle("chat--begin", isFirst);
      if (this.inputTarget.value === "") this.inputTarget.value = question;
      this.refuse(error);
    } finally {
      this.isSending = false;
      this.grow();
      // On a phone the focus would bring the keyboard back over the answer.
      if (!matchMedia("(pointer: coarse)").matches) this.inputTarget.focus();
    }
  }

  private place(question: string): Element {
    const item = copyOf(this.templateTarget, { question });
    this.element.classList.remove("chat--begin");
    this.threadTarget.append(item);
    this.dispatch("asked");
    return item;
  }

  /** The page of the first question has become the conversation's page: address, list, next question. */
  private async settle(page: string, question: string): Promise<void> {
    const id = await becomeConversation(page, question);
    if (id === "") return;
    this.conversationTarget.disabled = false;
    this.conversationTarget.value = id;
    this.inputTarget.placeholder = "Ask a follow-up";
  }

  private refuse(error: unknown): void {
    if (!(error instanceof Refusal)) throw error;
    if (error.html === "") this.say(error.message);
    else fill(this.errorTarget, error.html);
  }

  private say(words: string): void {
    const notice = document.createElement("div");
    notice.className = "notice notice--bad";
    notice.append(words);
    this.errorTarget.replaceChildren(notice);
  }
}

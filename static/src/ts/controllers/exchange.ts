import { Controller } from "@hotwired/stimulus";
import type { RunEvent, ServerEvent } from "../protocol";
import { announce } from "../lib/announce";
import { Blocks } from "../lib/blocks";
import { getFragment, postForm, Refusal } from "../lib/http";
import { blank, reduce } from "../lib/reducer";
import { stream } from "../lib/stream";
import { replace } from "../lib/swap";

const POLL_MS = 2000;
const AGAIN_MS = 3000;

/** One answer that is being written: hears its run, shows it as it grows, and ends as the stored fragment. */
export class ExchangeController extends Controller<HTMLElement> {
  static override targets = ["answer", "line", "stop"];
  static override values = { run: String, refresh: String, stop: String };

  declare readonly answerTarget: HTMLElement;
  declare readonly lineTarget: HTMLElement;
  declare readonly stopTarget: HTMLElement;
  declare readonly runValue: string;
  declare readonly refreshValue: string;
  declare readonly stopValue: string;

  private state = blank;
  private blocks: Blocks | undefined;
  private frame = 0;
  private isSettling = false;
  private refused = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly ends: (() => void)[] = [];
  private readonly onStop = (): void => void this.stop();

  override connect(): void {
    // From the first event on: what the server rendered so far is replaced by its own blocks.
    const topic = { topic: "run" as const, id: this.runValue };
    this.ends.push(
      stream.subscribe(topic, 0, (event) => {
        this.hear(event);
      }),
      stream.watch((status) => {
        clearTimeout(this.timer);
        if (status === "blocked") this.timer = setTimeout(() => void this.settle(), POLL_MS);
      }),
    );
    document.addEventListener("quire:stop", this.onStop);
    // The composer has a Stop of its own; this one is for pages without the script.
    this.stopTarget.hidden = true;
    this.tellComposer();
  }

  override disconnect(): void {
    for (const end of this.ends.splice(0)) end();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    document.removeEventListener("quire:stop", this.onStop);
    this.tellComposer();
  }

  private async stop(): Promise<void> {
    this.lineTarget.textContent = "Stopping";
    try {
      await postForm(this.stopValue, new FormData());
    } catch {
      this.lineTarget.textContent = "Could not be stopped just now";
    }
  }

  private hear(event: ServerEvent): void {
    if (event.type === "error") {
      this.refused = event.detail;
      void this.settle();
    } else if ("seq" in event) {
      this.advance(event);
    }
  }

  private advance(event: RunEvent): void {
    this.state = reduce(this.state, event);
    // At once, not with the next frame: a stage may be over before it comes.
    if (event.type === "stage.changed") this.lineTarget.textContent = this.state.stage;
    if (this.state.phase === "ended" || this.state.isBehind) {
      void this.settle();
    } else if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.render();
      });
    }
  }

  private render(): void {
    this.blocks ??= new Blocks(this.answerTarget);
    this.blocks.show(this.state.blocks, this.state.tail);
    // Sources are listed when the answer is finished; until then a citation's card says this much.
    this.element.dataset["citations"] = JSON.stringify([...this.state.citations]);
  }

  /** Put the stored answer in place of the streamed one; both come from the same template. */
  private async settle(): Promise<void> {
    if (this.isSettling) return;
    this.isSettling = true;
    try {
      const { html } = await getFragment(this.refreshValue);
      const had = this.element.contains(document.activeElement);
      const next = replace(this.element, html);
      if (had && next instanceof HTMLElement) next.focus({ preventScroll: true });
      if (next?.getAttribute("aria-busy") !== "true") this.say(next);
    } catch (error) {
      if (error instanceof Refusal && (error.status === 403 || error.status === 404)) {
        this.takeBack(this.refused || error.message);
        return;
      }
      this.isSettling = false;
      this.timer = setTimeout(() => void this.settle(), AGAIN_MS);
    }
  }

  /** Not this reader's any more: what streamed goes, and the words of the refusal stay. */
  private takeBack(words: string): void {
    cancelAnimationFrame(this.frame);
    this.answerTarget.replaceChildren();
    this.lineTarget.textContent = words;
    this.element.removeAttribute("aria-busy");
    announce(words);
  }

  private say(finished: Element | null): void {
    const problem = finished?.querySelector(".notice__title")?.textContent;
    if (problem) {
      announce(problem);
      return;
    }
    const count = finished?.querySelectorAll("[data-source-number]").length ?? 0;
    announce(`Answer finished, ${count} ${count === 1 ? "source" : "sources"}`);
  }

  private tellComposer(): void {
    document.dispatchEvent(new CustomEvent("quire:runs"));
  }
}

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, key, mount, unmount } from "../testing";
import { CitationController } from "./citation";

const html = `<main data-controller="citation" data-action="mouseover->citation#over mouseout->citation#out focusin->citation#over focusout->citation#out click->citation#open keydown.esc@document->citation#dismiss:capture">
  <li class="exchange"><p>Words<sup class="citation"><a id="one" href="#s1">1</a></sup><sup class="citation"><a id="two" href="#s2">2</a></sup></p>
    <div data-source-number="1"><p class="source__line"><a id="link" data-source-link href="/doc">Handbook</a></p><blockquote data-source-quote><mark>quoted</mark></blockquote></div></li>
  <div id="card" data-citation-target="card" data-action="mouseenter->citation#keep mouseleave->citation#leave"></div></main>`;

const on = (selector: string, type: string): void => {
  get(selector).dispatchEvent(new MouseEvent(type, { bubbles: true }));
};
const shown = vi.fn();
const hidden = vi.fn();

beforeEach(async () => {
  shown.mockClear();
  hidden.mockClear();
  await mount(html, { citation: CitationController });
  const card = get("#card");
  Object.assign(card, {
    showPopover: shown,
    hidePopover: hidden,
    matches: () => shown.mock.calls.length > hidden.mock.calls.length,
  });
  vi.useFakeTimers();
});
afterEach(async () => {
  await unmount();
});

it("shows the passage with its marked words after a moment", () => {
  on("#one", "mouseover");
  expect(shown).not.toHaveBeenCalled();
  vi.advanceTimersByTime(200);
  expect(get("#card").innerHTML).toContain("<mark>quoted</mark>");
  expect(get("#one").getAttribute("aria-describedby")).toBe("card");
});

it("shows what the stream said while the answer is written, and nothing for the unknown", () => {
  on("#two", "focusin");
  vi.advanceTimersByTime(200);
  expect(shown).not.toHaveBeenCalled();
  get(".exchange").dataset["citations"] = '[[2,{"title":"Plan","place":"page 9"}]]';
  on("#two", "focusin");
  vi.advanceTimersByTime(200);
  expect(get("#card").textContent).toBe("Plan, page 9");
});

it("stays while the pointer is on it and goes when it leaves", () => {
  on("#one", "mouseover");
  vi.advanceTimersByTime(200);
  on("#one", "mouseout");
  on("#card", "mouseenter");
  vi.advanceTimersByTime(1000);
  expect(hidden).not.toHaveBeenCalled();
  on("#card", "mouseleave");
  vi.advanceTimersByTime(1000);
  expect(hidden).toHaveBeenCalledTimes(1);
});

it("goes with Escape, which then does nothing else", () => {
  expect(key(document, "Escape").defaultPrevented).toBe(false);
  on("#one", "mouseover");
  vi.advanceTimersByTime(200);
  expect(key(document, "Escape").defaultPrevented).toBe(true);
  expect(hidden).toHaveBeenCalled();
});

it("opens the source beside the answer, from the number and from the list", () => {
  const opened = vi.fn<(event: Event) => void>();
  document.addEventListener("quire:source", opened);
  on("#one", "click");
  on("#link", "click");
  on("#two", "click");
  get("#one").dispatchEvent(new MouseEvent("click", { bubbles: true, ctrlKey: true }));
  expect(opened).toHaveBeenCalledTimes(2);
  const { detail } = opened.mock.calls[0]?.[0] as CustomEvent<{ entry: Element; opener: Element }>;
  expect(detail).toEqual({ entry: get("[data-source-number]"), opener: get("#one") });
  document.removeEventListener("quire:source", opened);
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, mount, settled, unmount } from "../testing";
import { ThreadController } from "./thread";

const html = `<main data-controller="thread" data-action="composer:asked->thread#follow">
  <ol data-thread-target="list"><li></li><li></li></ol>
  <button data-thread-target="latest" data-action="thread#jump" hidden></button></main>`;

let grow: () => void;
let top: number;

const stand = (scrollY: number): void => {
  top = scrollY;
  window.dispatchEvent(new Event("scroll"));
};

beforeEach(() => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(callback: () => void) {
        grow = callback;
      }
      observe = vi.fn();
      disconnect = vi.fn();
    },
  );
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  vi.spyOn(document.documentElement, "scrollHeight", "get").mockReturnValue(3000);
  vi.spyOn(window, "scrollY", "get").mockImplementation(() => top);
  vi.spyOn(window, "innerHeight", "get").mockReturnValue(1000);
  top = 0;
});
afterEach(async () => {
  await unmount();
  location.hash = "";
});

it("begins at the end of a conversation and follows it as it grows", async () => {
  const scroll = vi.spyOn(window, "scrollTo").mockImplementation(() => {
    top = 2000;
  });
  await mount(html, { thread: ThreadController });
  grow();
  expect(scroll).toHaveBeenCalledTimes(2);
  expect(get("button").hidden).toBe(true);
});

it("never moves a reader who has scrolled back, but shows the way", async () => {
  const scroll = vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
  await mount(html, { thread: ThreadController });
  stand(900);
  scroll.mockClear();
  grow();
  expect(scroll).not.toHaveBeenCalled();
  expect(get("button").hidden).toBe(false);
  get("button").click();
  expect(scroll).toHaveBeenCalledWith({ top: 3000, behavior: "smooth" });
});

it("goes to the question that was asked", async () => {
  const scroll = vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
  await mount(html, { thread: ThreadController });
  stand(0);
  scroll.mockClear();
  get("main").dispatchEvent(new CustomEvent("composer:asked"));
  expect(scroll).toHaveBeenCalledTimes(1);
});

it("keeps the last question in sight while a long answer grows", async () => {
  const scroll = vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
  await mount(html, { thread: ThreadController });
  vi.spyOn(get("li:last-child"), "getBoundingClientRect").mockReturnValue({ top: 900 } as DOMRect);
  stand(2000);
  grow();
  expect(scroll).toHaveBeenLastCalledWith({ top: 2836, behavior: "instant" });
});

it("stays where the address points and lets go when it leaves", async () => {
  const scroll = vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
  location.hash = "#m-1";
  await mount(html, { thread: ThreadController });
  expect(scroll).not.toHaveBeenCalled();
  expect(document.documentElement.hasAttribute("data-at-top")).toBe(true);
  get("main").remove();
  await settled();
  stand(500);
  expect(document.documentElement.hasAttribute("data-at-top")).toBe(true);
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, key, mount, serve, settled, unmount } from "../testing";
import { PanelController } from "./panel";

const source = (n: number, url: string): string =>
  `<div data-source-number="${n}"><a data-source-link href="${url}">T</a></div>`;
const html = `<li class="exchange"><a id="opener" href="#">1</a>${source(1, "/a/")}${source(2, "/b/")}<div data-source-number="3"></div></li>
  <aside data-controller="panel" data-action="quire:source@document->panel#show keydown.esc@document->panel#key click->panel#turn" tabindex="-1" hidden>
  <div id="grip" tabindex="0" data-panel-target="grip" data-action="pointerdown->panel#grab keydown->panel#nudge"></div>
  <span id="place" data-panel-target="place"></span><button id="prev" data-panel-target="previous" data-action="panel#previous"></button>
  <button id="next" data-panel-target="next" data-action="panel#next"></button><a data-panel-target="full"></a>
  <div id="body" data-panel-target="body"></div></aside>`;

const open = async (): Promise<void> => {
  const detail = { entry: get("[data-source-number]"), opener: get("#opener") };
  document.dispatchEvent(new CustomEvent("quire:source", { detail }));
  await settled();
};
const width = (): string => document.documentElement.style.getPropertyValue("--panel");

beforeEach(async () => {
  vi.spyOn(Element.prototype, "scrollIntoView").mockReturnValue();
  localStorage.clear();
  await mount(html, { panel: PanelController });
});
afterEach(async () => {
  await unmount();
  document.documentElement.removeAttribute("style");
});

it("shows a source and walks to the next and back", async () => {
  serve({ "/a/": { body: "<p>A <mark>x</mark></p>" }, "/b/": { body: "<p>B</p>" } });
  await open();
  expect(get("aside").hidden).toBe(false);
  expect([get("#body").textContent, get("#place").textContent]).toEqual(["A x", "Source 1 of 2"]);
  expect(get<HTMLButtonElement>("#prev").disabled).toBe(true);
  get("#next").click();
  await settled();
  expect(get("#body").textContent).toBe("B");
  expect(get<HTMLButtonElement>("#next").disabled).toBe(true);
  get("#prev").click();
  await settled();
  expect(get("#body").textContent).toBe("A x");
});

it("closes with Escape unless somebody used it, and gives the focus back", async () => {
  serve({ "/a/": { body: "" } });
  expect(key(document, "Escape").defaultPrevented).toBe(false);
  await open();
  const used = new KeyboardEvent("keydown", { key: "Escape", cancelable: true });
  used.preventDefault();
  document.dispatchEvent(used);
  expect(get("aside").hidden).toBe(false);
  key(document, "Escape");
  expect(get("aside").hidden).toBe(true);
  expect(document.activeElement).toBe(get("#opener"));
});

it.each([
  [{ body: "<p>Source no longer available</p>", status: 404 }, "Source no longer available"],
  [{ body: "", status: 500 }, "Quire could not do this just now."],
])("says what is wrong with a source: %o", async (answer, words) => {
  serve({ "/a/": answer });
  await open();
  expect(get("#body").textContent).toContain(words);
});

it("is as wide as one drags it, within limits, and remembers", () => {
  vi.spyOn(window, "innerWidth", "get").mockReturnValue(1000);
  vi.spyOn(get("aside"), "offsetWidth", "get").mockReturnValue(400);
  const grip = get("#grip");
  grip.setPointerCapture = vi.fn();
  grip.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, pointerId: 1 }));
  grip.dispatchEvent(new PointerEvent("pointermove", { clientX: 550 }));
  expect(width()).toBe("450px");
  grip.dispatchEvent(new PointerEvent("pointermove", { clientX: 1 }));
  expect(width()).toBe("600px");
  grip.dispatchEvent(new PointerEvent("lostpointercapture"));
  expect(localStorage.getItem("quire.panel")).toBe("600");
  key(grip, "ArrowLeft");
  expect(width()).toBe("432px");
  key(grip, "ArrowRight");
  expect(width()).toBe("368px");
  expect(key(grip, "Home").defaultPrevented).toBe(false);
});

it("starts as wide as it was left, and turns with the writing", async () => {
  localStorage.setItem("quire.panel", "500");
  document.documentElement.dir = "rtl";
  vi.spyOn(window, "innerWidth", "get").mockReturnValue(1000);
  await mount(html, { panel: PanelController });
  expect(width()).toBe("500px");
  vi.spyOn(get("aside"), "offsetWidth", "get").mockReturnValue(500);
  key(get("#grip"), "ArrowRight");
  expect(width()).toBe("532px");
  document.documentElement.dir = "ltr";
});

it("turns to later pages without leaving the conversation", async () => {
  serve({
    "/a/": {
      body: '<a id="later" data-turn href="/later/">Later pages</a><a id="else" href="#">x</a>',
    },
    "/later/": { body: "<p>Page 12</p>" },
  });
  await open();
  const out = new MouseEvent("click", { bubbles: true, cancelable: true });
  get("#else").dispatchEvent(out);
  expect(out.defaultPrevented).toBe(false);
  get("#later").click();
  await settled();
  expect(get("#body").textContent).toBe("Page 12");
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, key, mount, settled, unmount } from "../testing";
import { FinderController } from "./finder";

const result = (id: number): string =>
  `<li class="result"><a id="r${id}" href="/w/acme/library/${id}/" data-result>Result ${id}</a><details><summary id="why${id}">Why</summary></details></li>`;
const results = (count: number): string =>
  `<p data-results-count>${count} passages</p><ol>${Array.from({ length: count }, (_, id) => result(id)).join("")}</ol><a id="more" href="/w/acme/search/?q=lease&limit=20" hx-get="/w/acme/search/?q=lease&limit=20">More</a>`;

beforeEach(async () => {
  await mount(
    `<div id="announcer"></div><main data-controller="finder" data-action="keydown@document->finder#key submit->finder#submit htmx:configRequest->finder#tell htmx:beforeRequest->finder#begin htmx:afterSwap->finder#shown htmx:responseError->finder#refused htmx:sendError->finder#unreached">
    <form action="/w/acme/search/" hx-get="/w/acme/search/" data-finder-target="form"><input id="words" name="q" value="lease" data-finder-target="words" data-action="finder#type"><select id="kind" name="kind"><option value="">Any</option></select></form>
    <div id="results" data-finder-target="results">${results(3)}</div></main>`,
    { finder: FinderController },
  );
});
afterEach(async () => {
  history.replaceState(null, "", "/");
  await unmount();
});

/** What htmx tells while it asks for results, and when it has put them there. */
function tell(name: string, asker: string, xhr: unknown = {}, found?: Element): void {
  const detail = { requestConfig: { elt: found ?? get(asker) }, xhr };
  get("#results").dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

const focused = (): string => document.activeElement?.id ?? "";

it("goes through the results with the arrow keys, and back to the field", () => {
  get("#words").focus();
  const pressed = ["ArrowDown", "j", "ArrowDown", "ArrowDown", "k", "k", "ArrowUp"].map((name) => {
    key(get(`#${focused()}`), name);
    return focused();
  });
  expect(pressed).toEqual(["r0", "r1", "r2", "r2", "r1", "r0", "words"]);
});

it("takes a key inside a result as one of the result's", () => {
  get("#why1").tabIndex = 0;
  get("#why1").focus();
  key(get("#why1"), "ArrowDown");
  expect(focused()).toBe("r2");
});

it("comes back to the field with a slash or Escape, and leaves letters to whoever types", () => {
  get("#r1").focus();
  key(get("#r1"), "/");
  expect(focused()).toBe("words");
  get("#r2").focus();
  key(get("#r2"), "Escape");
  expect(focused()).toBe("words");
  expect(key(get("#words"), "/").defaultPrevented).toBe(false);
  expect(key(get("#words"), "j").defaultPrevented).toBe(false);
  get("#kind").focus();
  expect(key(get("#kind"), "ArrowDown").defaultPrevented).toBe(false);
  get("#r1").focus();
  expect(key(get("#r1"), "j", { ctrlKey: true }).defaultPrevented).toBe(false);
});

it("leaves the keys to the page where neither the field nor a result has the focus", () => {
  expect(key(document, "ArrowDown").defaultPrevented).toBe(false);
  expect(key(document, "j").defaultPrevented).toBe(false);
  get("#results").replaceChildren();
  get("#words").focus();
  expect(key(get("#words"), "ArrowDown").defaultPrevented).toBe(false);
});

it("searches at a pause in typing, and once where Enter came before it", () => {
  vi.useFakeTimers();
  const asked: (string | undefined)[] = [];
  get("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const headers: Record<string, string> = {};
    get("form").dispatchEvent(
      new CustomEvent("htmx:configRequest", { bubbles: true, detail: { headers } }),
    );
    asked.push(headers["X-Quire-Typing"]);
  });
  const write = (): boolean => get("#words").dispatchEvent(new Event("input", { bubbles: true }));
  write();
  vi.advanceTimersByTime(100);
  write();
  vi.advanceTimersByTime(249);
  expect(asked).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(asked).toEqual(["1"]);
  write();
  get<HTMLFormElement>("form").requestSubmit();
  vi.advanceTimersByTime(1000);
  expect(asked).toEqual(["1", undefined]);
});

it("makes the address that of what is shown, and says how much there is", async () => {
  tell("htmx:beforeRequest", "form");
  expect(get("#results").getAttribute("aria-busy")).toBe("true");
  tell("htmx:afterSwap", "form");
  expect(get("#results").hasAttribute("aria-busy")).toBe(false);
  expect(location.pathname + location.search).toBe("/w/acme/search/?q=lease");
  await settled();
  await new Promise((done) => setTimeout(done, 60));
  expect(get("#announcer").textContent).toBe("3 passages");
});

it("goes on with the first of those that came when more are shown", () => {
  tell("htmx:beforeRequest", "#more");
  const link = get("#more");
  get("#results").innerHTML = results(5);
  tell("htmx:afterSwap", "#more", {}, link);
  expect(location.search).toBe("?q=lease&limit=20");
  expect(focused()).toBe("r3");
});

it("shows the server's words where it refuses, and its own where there are none", () => {
  tell("htmx:responseError", "form", {
    responseText: '<div class="notice">Too many searches.</div>',
  });
  expect(get("#results").textContent).toBe("Too many searches.");
  tell("htmx:responseError", "form", { responseText: "<!doctype html><html></html>" });
  expect(get("#results [role=alert]").textContent).toContain("Try again in a moment");
  tell("htmx:sendError", "form");
  expect(get("#results [role=alert]").textContent).toContain("cannot be reached");
});

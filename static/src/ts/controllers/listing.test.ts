import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, mount, serve, settled, unmount } from "../testing";
import { ListingController } from "./listing";

const page = (words: string, state: string): string =>
  `<nav id="library-states"><a id="ready" href="/?state=ready" data-keep="ready" data-action="listing#go"${state === "ready" ? ' aria-current="true"' : ""}>Ready 3</a></nav>
  <form id="library-filter" action="/" data-action="listing#search"><select name="kind" data-action="listing#search"><option value="">Any</option><option>pdf</option></select><input name="q" value="lease"></form>
  <div id="library">${words}</div>`;

beforeEach(async () => {
  await mount(
    `<div id="announcer"></div><main data-controller="listing" data-action="popstate@window->listing#back">${page("all", "")}</main>`,
    { listing: ListingController },
  );
});
afterEach(async () => {
  history.replaceState(null, "", "/");
  await unmount();
});

it("follows a link without leaving the page, and goes back", async () => {
  serve({ "/": { body: page("ready ones", "ready") } });
  get("#ready").focus();
  get("#ready").click();
  await settled();
  expect(location.search).toBe("?state=ready");
  expect(get("#library").textContent).toBe("ready ones");
  expect(document.activeElement).toBe(get("#ready"));
  serve({ "/": { body: page("all again", "") } });
  history.replaceState(null, "", "/");
  window.dispatchEvent(new Event("popstate"));
  await settled();
  expect(get("#library").textContent).toBe("all again");
});

it("lets the browser open a link elsewhere, and ignores jumps inside the page", async () => {
  const server = serve({});
  const click = new MouseEvent("click", { ctrlKey: true, bubbles: true, cancelable: true });
  let isTaken = true;
  get("main").addEventListener("click", (event) => {
    isTaken = event.defaultPrevented;
    event.preventDefault();
  });
  get("#ready").dispatchEvent(click);
  expect(isTaken).toBe(false);
  window.dispatchEvent(new Event("popstate"));
  await settled();
  expect(server).not.toHaveBeenCalled();
});

it("searches by what is filled in, at once when a kind is chosen", async () => {
  serve({ "/": { body: page("found", "") } });
  get("form").dispatchEvent(new Event("submit", { cancelable: true, bubbles: true }));
  await settled();
  expect(location.search).toBe("?q=lease");
  get<HTMLSelectElement>("select").value = "pdf";
  get("select").dispatchEvent(new Event("change", { bubbles: true }));
  await settled();
  expect(location.search).toBe("?kind=pdf&q=lease");
});

it("goes there as usual where the list cannot be fetched", async () => {
  serve({});
  const assign = vi.spyOn(location, "assign").mockReturnValue();
  get("#ready").click();
  await settled();
  expect(assign).toHaveBeenCalledWith(expect.stringContaining("state=ready"));
});

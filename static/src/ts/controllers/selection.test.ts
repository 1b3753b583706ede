import { afterEach, beforeEach, expect, it } from "vitest";
import { get, mount, unmount } from "../testing";
import { SelectionController } from "./selection";

const row = (id: string, marks = ""): string =>
  `<tr data-row ${marks}><td><input type="checkbox" name="document" value="${id}" id="${id}"></td></tr>`;
const html = `<div data-controller="selection" data-action="change@document->selection#count"><form data-selection-target="bar">
  <p data-selection-target="count"></p>
  ${["retry", "cancel", "delete"].map((name) => `<button value="${name}" data-selection-target="button"></button>`).join("")}
  <button type="button" id="every" data-selection-target="none" data-action="selection#all" hidden></button>
  <button type="button" id="none" data-selection-target="none" data-action="selection#none" hidden></button></form>
  <table><tr><th><input type="checkbox" id="all" data-all hidden></th></tr>${row("a", "data-row-retry")}${row("b", "data-row-busy")}${row("c")}</table></div>`;

const tick = (id: string, isTicked = true): void => {
  get<HTMLInputElement>(`#${id}`).checked = isTicked;
  get(`#${id}`).dispatchEvent(new Event("change", { bubbles: true }));
};
const offered = (): string[] =>
  [...document.querySelectorAll<HTMLButtonElement>("button[value]")].flatMap((button) =>
    button.disabled ? [] : [button.value],
  );

beforeEach(async () => {
  await mount(html, { selection: SelectionController });
});
afterEach(unmount);

it("comes with the first row that is ticked and goes with the last", () => {
  expect(get("form").hidden).toBe(true);
  tick("a");
  expect([get("form").hidden, get("p").textContent]).toEqual([false, "1 selected"]);
  tick("a", false);
  expect(get("form").hidden).toBe(true);
});

it("offers only what can be done with one of them at least", () => {
  tick("c");
  expect(offered()).toEqual(["delete"]);
  tick("a");
  expect(offered()).toEqual(["retry", "delete"]);
  tick("b");
  expect(offered()).toEqual(["retry", "cancel", "delete"]);
});

it("ticks all, none, and shows when it is some", () => {
  const all = get<HTMLInputElement>("#all");
  expect(all.hidden).toBe(false);
  tick("a");
  expect([all.checked, all.indeterminate]).toEqual([false, true]);
  tick("all");
  expect([all.checked, get("p").textContent]).toEqual([true, "3 selected"]);
  get("#none").click();
  expect([all.checked, get("form").hidden]).toEqual([false, true]);
  get("#every").click();
  expect(get("p").textContent).toBe("3 selected");
});

import { afterEach, beforeEach, expect, it } from "vitest";
import { get, key, mount, unmount } from "../testing";
import { MenuController } from "./menu";

beforeEach(() =>
  mount(
    `<p id="elsewhere"></p><details data-controller="menu"><summary data-menu-target="summary">A</summary><a id="item" href="#">B</a></details>`,
    { menu: MenuController },
  ),
);
afterEach(unmount);

it("closes on a click elsewhere but not on one inside", () => {
  const menu = get<HTMLDetailsElement>("details");
  menu.open = true;
  get("#item").dispatchEvent(new Event("pointerdown", { bubbles: true }));
  expect(menu.open).toBe(true);
  get("#elsewhere").dispatchEvent(new Event("pointerdown", { bubbles: true }));
  expect(menu.open).toBe(false);
});

it("closes on Escape and gives the focus back", () => {
  const menu = get<HTMLDetailsElement>("details");
  expect(key(get("#item"), "Escape").defaultPrevented).toBe(false);
  menu.open = true;
  key(get("#item"), "a");
  expect(key(get("#item"), "Escape").defaultPrevented).toBe(true);
  expect(menu.open).toBe(false);
  expect(document.activeElement).toBe(get("summary"));
});

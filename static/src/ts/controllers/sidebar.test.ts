import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepCookie, readCookie } from "../lib/cookies";
import { get, key, mount, settled, unmount } from "../testing";
import { SidebarController } from "./sidebar";

const state = () => document.documentElement.dataset["sidebar"];
const phone = (is: boolean) => {
  vi.stubGlobal("matchMedia", () => ({ matches: is }));
};

beforeEach(() =>
  mount(
    `<div data-controller="sidebar">
      <nav data-sidebar-target="nav"><button id="fold" data-action="sidebar#fold"></button></nav>
      <a id="veil" href="#main" data-action="sidebar#close"></a>
      <a id="unfold" href="#sidebar" data-sidebar-target="unfold" data-action="sidebar#unfold"></a></div>`,
    { sidebar: SidebarController },
  ),
);
afterEach(async () => {
  await unmount();
  keepCookie("sidebar", "");
});

it("folds and unfolds on a desk, and remembers it", () => {
  phone(false);
  get("#fold").click();
  expect([state(), readCookie("sidebar")]).toEqual(["folded", "folded"]);
  get("#unfold").click();
  expect([state(), readCookie("sidebar")]).toEqual([undefined, ""]);
});

it("slides over on a phone and goes with a tap beside it or Escape", () => {
  phone(true);
  get("#unfold").click();
  expect(state()).toBe("open");
  expect(document.activeElement).toBe(get("#fold"));
  get("#veil").click();
  expect(state()).toBeUndefined();
  get("#unfold").click();
  const used = new KeyboardEvent("keydown", { key: "Escape", cancelable: true });
  used.preventDefault();
  document.dispatchEvent(used);
  expect(state()).toBe("open");
  key(document, "Escape");
  expect(state()).toBeUndefined();
  expect(readCookie("sidebar")).toBe("");
});

it("leaves nothing open behind it", async () => {
  phone(true);
  get("#unfold").click();
  get("[data-controller]").remove();
  await settled();
  expect(state()).toBeUndefined();
});

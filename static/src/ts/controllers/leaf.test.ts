import { afterEach, expect, it, vi } from "vitest";
import { get, mount, unmount } from "../testing";
import { LeafController } from "./leaf";

afterEach(async () => {
  await unmount();
  location.hash = "";
});

const html = `<main data-controller="leaf"><div data-cited><p>a <mark>b</mark></p></div></main>`;

it("brings the cited words into view", async () => {
  const scroll = vi.spyOn(Element.prototype, "scrollIntoView").mockReturnValue();
  await mount(html, { leaf: LeafController });
  expect(scroll.mock.contexts[0]).toBe(get("mark"));
});

it("leaves an address that names a place, and a page without marks, alone", async () => {
  const scroll = vi.spyOn(Element.prototype, "scrollIntoView").mockReturnValue();
  location.hash = "#p3";
  await mount(html, { leaf: LeafController });
  location.hash = "";
  await mount('<main data-controller="leaf"></main>', { leaf: LeafController });
  expect(scroll).not.toHaveBeenCalled();
});

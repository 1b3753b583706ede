import { afterEach, expect, it } from "vitest";
import { keepCookie, readCookie } from "../lib/cookies";
import { get, mount, unmount } from "../testing";
import { ThemeController } from "./theme";

const html = `<div data-controller="theme" hidden>
  <button id="system" data-theme-target="choice" data-action="theme#choose" data-theme-name-param=""></button>
  <button id="dark" data-theme-target="choice" data-action="theme#choose" data-theme-name-param="dark"></button>
</div>`;

afterEach(async () => {
  await unmount();
  keepCookie("theme", "");
});

it("shows the choice and keeps it in a cookie", async () => {
  await mount(html, { theme: ThemeController });
  expect(get("[data-controller]").hidden).toBe(false);
  get("#dark").click();
  expect(document.documentElement.dataset["theme"]).toBe("dark");
  expect(readCookie("theme")).toBe("dark");
  expect(get("#dark").getAttribute("aria-pressed")).toBe("true");
});

it("goes back to what the system says", async () => {
  keepCookie("theme", "dark");
  await mount(html, { theme: ThemeController });
  expect(get("#dark").getAttribute("aria-pressed")).toBe("true");
  get("#system").click();
  expect(document.documentElement.dataset["theme"]).toBeUndefined();
  expect(readCookie("theme")).toBe("");
});

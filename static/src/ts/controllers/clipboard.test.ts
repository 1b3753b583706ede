import { afterEach, expect, it, vi } from "vitest";
import { get, mount, settled, unmount } from "../testing";
import { ClipboardController } from "./clipboard";

const html = `<div id="answer"> The words. </div><button hidden data-controller="clipboard"
  data-clipboard-from-value="#answer" data-action="clipboard#copy"><span data-clipboard-target="word">Copy</span></button>`;

afterEach(unmount);

it("copies the text and says so for a moment", async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal("navigator", { clipboard: { writeText } });
  await mount(html, { clipboard: ClipboardController });
  expect(get("button").hidden).toBe(false);
  get("button").click();
  await settled();
  expect(writeText).toHaveBeenCalledWith("The words.");
  expect(get("span").textContent).toBe("Copied");
});

it("stays hidden where copying is not possible, and minds nothing to copy", async () => {
  vi.stubGlobal("navigator", {});
  await mount(html, { clipboard: ClipboardController });
  expect(get("button").hidden).toBe(true);
  get("#answer").remove();
  get("button").click();
  await settled();
  expect(get("span").textContent).toBe("Copy");
});

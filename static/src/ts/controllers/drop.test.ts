import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, mount, settled, unmount } from "../testing";
import type { Dropped } from "../lib/folders";
import { DropController } from "./drop";

const drag = (type: string, types: string[] = ["Files"], files: File[] = []): Event => {
  const event = new Event(type, { bubbles: true, cancelable: true });
  Object.assign(event, { dataTransfer: { types, files, items: [] } });
  window.dispatchEvent(event);
  return event;
};

beforeEach(() =>
  mount(
    `<main data-controller="drop" data-action="dragenter@window->drop#enter dragleave@window->drop#leave dragover@window->drop#over drop@window->drop#take"><div data-drop-target="veil" hidden></div></main>`,
    { drop: DropController },
  ),
);
afterEach(unmount);

it("shows the veil while files are over the page", () => {
  drag("dragenter");
  drag("dragenter");
  drag("dragleave");
  expect(get("div").hidden).toBe(false);
  expect(drag("dragover").defaultPrevented).toBe(true);
  drag("dragleave");
  expect(get("div").hidden).toBe(true);
});

it("hands dropped files on and lets dragged text be", async () => {
  const heard = vi.fn<(event: Event) => void>();
  get("main").addEventListener("drop:files", heard);
  expect(drag("drop", ["text/plain"]).defaultPrevented).toBe(false);
  expect(drag("dragenter", ["text/plain"]).defaultPrevented).toBe(false);
  drag("drop", ["Files"], [new File(["x"], "a.md")]);
  await settled();
  const event = heard.mock.calls[0]?.[0] as CustomEvent<Dropped>;
  expect(event.detail.picked.map(({ file }) => file.name)).toEqual(["a.md"]);
});

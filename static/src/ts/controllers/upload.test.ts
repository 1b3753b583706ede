import { afterEach, beforeEach, expect, it, vi } from "vitest";
import * as send from "../lib/send";
import { get, mount, unmount } from "../testing";
import { UploadController } from "./upload";
import type { Given } from "./upload";

const html = `<main data-controller="upload" data-action="drop:files->upload#receive" data-upload-limit-value="100" data-upload-accepts-value=".md">
  <form action="/upload/" data-upload-target="form" data-action="upload#submit"><span data-upload-target="live" hidden></span>
    <input id="file" type="file" data-upload-target="input" data-action="change->upload#pick">
    <select name="access"><option>public</option><option>internal</option></select>
    <button id="files" type="button" data-action="upload#browse" data-upload-target="live" hidden></button>
    <button id="dir" type="button" data-action="upload#browseFolder"></button></form>
  <input id="folder" type="file" webkitdirectory data-upload-target="folder" data-action="change->upload#pick">
</main>`;

let given: Given[];
const choose = (field: string, ...files: File[]): void => {
  const input = get<HTMLInputElement>(field);
  Object.defineProperty(input, "files", { value: files, configurable: true });
  input.dispatchEvent(new Event("change", { bubbles: true }));
  Object.defineProperty(input, "files", { value: [], configurable: true });
};
const notes = (name = "notes.md", text = "# Notes"): File => new File([text], name);
const lying = (path: string): File =>
  Object.defineProperty(notes(path.split("/").pop()), "webkitRelativePath", { value: path });

beforeEach(async () => {
  given = [];
  await mount(html, { upload: UploadController });
  get("main").addEventListener("upload:given", (event) => {
    given.push((event as CustomEvent<Given>).detail);
  });
});
afterEach(unmount);

it("offers one button for files and one for a folder", () => {
  expect(get("#files").hidden).toBe(false);
  const clicks = [vi.spyOn(get("#file"), "click"), vi.spyOn(get("#folder"), "click")];
  get("#files").click();
  get("#dir").click();
  for (const click of clicks) expect(click).toHaveBeenCalled();
});

it("hands on the files of a folder with their paths", () => {
  choose("#folder", lying("papers/a.md"), lying("papers/2026/b.md"));
  expect(given[0]?.good.map(({ path }) => path)).toEqual(["papers/a.md", "papers/2026/b.md"]);
});

it("leaves out what cannot be read, and what systems keep, with the reason", () => {
  choose(
    "#file",
    notes(),
    notes("empty.md", ""),
    notes("big.md", "x".repeat(101)),
    new File(["x"], "a.mp4", { type: "video/mp4" }),
    notes(".DS_Store"),
  );
  expect(given[0]?.good).toHaveLength(1);
  expect(given[0]?.left.map(({ state, picked }) => [state, picked.file.name])).toEqual([
    ["refused", "empty.md"],
    ["refused", "big.md"],
    ["refused", "a.mp4"],
    ["skipped", ".DS_Store"],
  ]);
  expect(given[0]?.left[0]?.reason).toContain("The file is empty");
});

it("takes what was dropped, and tells what the browser could not open", () => {
  const detail = { picked: [{ file: notes(), path: "" }], unreadable: ["papers/locked.md"] };
  get("main").dispatchEvent(new CustomEvent("drop:files", { detail }));
  expect(given[0]?.good).toHaveLength(1);
  expect(given[0]?.left[0]).toMatchObject({
    state: "refused",
    picked: { path: "papers/locked.md" },
  });
});

it("sends what the form said when the file was given", () => {
  const sent = vi
    .spyOn(send, "sendForm")
    .mockReturnValue({ answer: new Promise(() => undefined), abort: vi.fn() });
  const select = get<HTMLSelectElement>("select");
  select.value = "internal";
  choose("#folder", lying("papers/notes.md"));
  select.value = "public";
  const picked = given[0]?.good[0];
  if (picked) given[0]?.transport(picked, vi.fn());
  const form = sent.mock.calls[0]?.[1];
  expect([form?.get("access"), form?.get("path")]).toEqual(["internal", "papers/notes.md"]);
  expect((form?.get("file") as File).name).toBe("notes.md");
});

it("does not send the form twice, and nothing where nothing was chosen", () => {
  const submit = new CustomEvent("submit", { cancelable: true, bubbles: true });
  get("form").dispatchEvent(submit);
  expect(submit.defaultPrevented).toBe(true);
  expect(given).toHaveLength(0);
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, mount, settled, unmount } from "../testing";
import { UploadController } from "./upload";

const html = `<main data-controller="upload" data-upload-limit-value="100" data-upload-accepts-value=".md">
  <form action="/upload/" data-upload-target="form" data-action="upload#submit"><span data-upload-target="hint" hidden></span>
    <input type="file" data-upload-target="input" data-action="change->upload#pick">
    <select name="access"><option>public</option><option>internal</option></select>
    <button type="button" data-upload-target="browse" data-action="upload#browse" hidden></button></form>
  <div id="queue" data-upload-target="queue"></div>
  <template data-upload-target="template"><div class="sending"><b data-slot="name"></b><i data-slot="state"></i><progress max="100"></progress></div></template>
  <template data-upload-target="refusal"><div class="notice"><b data-slot="title"></b><i data-slot="detail"></i><button id="x" data-action="upload#dismiss"></button></div></template>
</main>`;

class FakeRequest extends EventTarget {
  static last: FakeRequest;
  static answer = { status: 201, responseText: "<tr></tr>" };
  readonly upload = new EventTarget();
  status = 0;
  responseText = "";
  url = "";

  open(_method: string, url: string): void {
    this.url = url;
  }

  setRequestHeader(): void {
    // The headers are the server's business.
  }

  sent: Record<string, unknown> = {};

  send(data: FormData): void {
    FakeRequest.last = this;
    this.sent = Object.fromEntries(data);
  }

  finish(): void {
    Object.assign(this, FakeRequest.answer);
    this.dispatchEvent(new Event("load"));
  }
}

const give = (...files: File[]): void => {
  const input = get<HTMLInputElement>("input");
  Object.defineProperty(input, "files", { value: files, configurable: true });
  input.dispatchEvent(new Event("change", { bubbles: true }));
};
const good = new File(["# Notes"], "notes.md");

beforeEach(async () => {
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  FakeRequest.answer = { status: 201, responseText: "<tr></tr>" };
  await mount(html, { upload: UploadController });
});
afterEach(unmount);

it("offers several files and one button", () => {
  expect(get<HTMLInputElement>("input").multiple).toBe(true);
  expect(get("button").hidden).toBe(false);
  const click = vi.spyOn(get("input"), "click");
  get("button").click();
  expect(click).toHaveBeenCalled();
});

it("shows how far a file has got and hands on the server's row", async () => {
  const added = vi.fn<(event: Event) => void>();
  get("main").addEventListener("upload:added", added);
  give(good);
  await settled();
  const progress = Object.assign(new Event("progress"), {
    lengthComputable: true,
    loaded: 1,
    total: 2,
  });
  FakeRequest.last.upload.dispatchEvent(progress);
  expect(get("i").textContent).toBe("50 %");
  FakeRequest.last.upload.dispatchEvent(
    Object.assign(new Event("progress"), { lengthComputable: true, loaded: 2, total: 2 }),
  );
  expect(get("i").textContent).toBe("Checking");
  FakeRequest.last.finish();
  await settled();
  expect((added.mock.calls[0]?.[0] as CustomEvent<{ html: string }>).detail.html).toBe("<tr></tr>");
  expect(get("#queue").children).toHaveLength(0);
});

it("sends what the form said when the file was given", async () => {
  const select = get<HTMLSelectElement>("select");
  select.value = "internal";
  give(good);
  select.value = "public";
  await settled();
  expect(FakeRequest.last.sent).toMatchObject({ access: "internal", file: { name: "notes.md" } });
});

it("refuses before sending, in words that can be dismissed", async () => {
  give(new File([], "empty.md"), new File(["x".repeat(101)], "big.md"));
  await settled();
  expect(get("#queue").textContent).toContain("The file is empty");
  expect(get("#queue").children).toHaveLength(2);
  get("#x").click();
  expect(get("#queue").children).toHaveLength(1);
});

it.each([
  [{ status: 422, responseText: "<p>Encrypted.</p>" }, "Encrypted."],
  [{ status: 413, responseText: "<html>nginx</html>" }, "larger than"],
  [{ status: 0, responseText: "" }, "could not be reached"],
])("shows the server's words, or its own: %o", async (answer, words) => {
  FakeRequest.answer = answer;
  give(good);
  await settled();
  FakeRequest.last.finish();
  await settled();
  expect(get("#queue").textContent).toContain(words);
});

it("takes dropped files, and does not send the form twice", () => {
  const take = new CustomEvent("submit", { cancelable: true, bubbles: true });
  get("form").dispatchEvent(take);
  expect(take.defaultPrevented).toBe(true);
});

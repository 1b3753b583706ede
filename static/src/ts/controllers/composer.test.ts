import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { get, key, mount, serve, settled, unmount } from "../testing";
import { ComposerController } from "./composer";

const id = "0190c0de-0000-7000-8000-000000000001";
const page = (begin: string): string => `
  <header class="bar"></header><div id="conversations">old</div>
  <main class="chat ${begin}" data-controller="composer" data-composer-limit-value="20"
    data-action="quire:runs@document->composer#refresh">
  <h1 class="begin__line">Ask</h1><ol data-composer-target="thread"></ol>
  <div id="error" data-composer-target="error"></div>
  <form action="/ask/" data-composer-target="form" data-action="composer#submit">
    <input name="conversation" value="" disabled data-composer-target="conversation">
    <textarea name="question" data-composer-target="input" data-action="keydown->composer#key input->composer#grow"></textarea>
    <button type="submit" data-composer-target="send"></button>
    <button type="button" data-composer-target="stop" data-action="composer#stop" hidden></button></form>
  <form id="suggestion" data-action="composer#suggest"><input name="question" value="A suggestion"></form>
  <template data-composer-target="template"><li class="sent"><h2 data-slot="question"></h2></li></template>
  </main>`;
const answer = `<li class="exchange" id="m-1"><h2>Why?</h2></li>`;
const location = `/w/acme/chat/${id}/#m-1`;

const input = (): HTMLTextAreaElement => get("textarea");
const write = (text: string): void => {
  input().value = text;
  input().dispatchEvent(new Event("input", { bubbles: true }));
};
const open = (begin = ""): Promise<void> => mount(page(begin), { composer: ComposerController });

beforeEach(() => {
  vi.stubGlobal("CSS", { supports: () => false });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  // happy-dom submits real forms with requestSubmit only when they are valid and attached.
  HTMLFormElement.prototype.requestSubmit = function (): void {
    this.dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  };
});
afterEach(async () => {
  await unmount();
  history.replaceState(null, "", "/");
});

it("shows the question at once and the server's exchange when it comes", async () => {
  serve({ "/ask/": { body: answer, location } });
  await open();
  write("Why?");
  key(input(), "Enter");
  expect(get(".sent h2").textContent).toBe("Why?");
  expect(input().value).toBe("");
  await settled();
  expect(get("ol").innerHTML).toBe(answer);
});

it("makes a new line with Shift and while letters are being composed", async () => {
  const server = serve({});
  await open();
  write("Why?");
  expect(key(input(), "Enter", { shiftKey: true }).defaultPrevented).toBe(false);
  expect(key(input(), "Enter", { isComposing: true }).defaultPrevented).toBe(false);
  expect(server).not.toHaveBeenCalled();
});

it("becomes the conversation's page after the first question", async () => {
  serve({
    "/ask/": { body: answer, location },
    [`/w/acme/chat/${id}/`]: { body: `<nav><div id="conversations">new</div></nav>` },
  });
  await open("chat--begin");
  get("#suggestion").dispatchEvent(new SubmitEvent("submit", { bubbles: true, cancelable: true }));
  await settled();
  expect(get("main").classList.contains("chat--begin")).toBe(false);
  expect(window.location.pathname).toBe(`/w/acme/chat/${id}/`);
  expect(get<HTMLInputElement>("[name=conversation]").value).toBe(id);
  expect(get("#conversations").textContent).toBe("new");
  expect(get(".bar h1").textContent).toBe("A suggestion");
  expect(document.title).toBe("A suggestion · Quire");
});

it("keeps the answer when only the list could not be fetched", async () => {
  serve({ "/ask/": { body: answer, location } });
  await open("chat--begin");
  write("Why?");
  key(input(), "Enter");
  await settled();
  expect(get("#error").childElementCount).toBe(0);
  expect(get("#conversations").textContent).toBe("old");
  expect(document.getElementById("m-1")).not.toBeNull();
});

it.each([
  [{ body: "<p>Too many questions.</p>", status: 429 }, "Too many questions."],
  [{ body: "", status: 500 }, "Quire could not do this just now."],
])("takes the question back with the reason: %o", async (refused, words) => {
  serve({ "/ask/": refused });
  await open("chat--begin");
  write("Why?");
  key(input(), "Enter");
  await settled();
  expect(input().value).toBe("Why?");
  expect(get("#error").textContent).toContain(words);
  expect(document.querySelector(".sent")).toBeNull();
  expect(get("main").classList.contains("chat--begin")).toBe(true);
});

it("does not send nothing, nor too much", async () => {
  const server = serve({});
  await open();
  key(input(), "Enter");
  expect(get("#error").textContent).toBe("Write a question first.");
  write("x".repeat(21));
  key(input(), "Enter");
  expect(get("#error").textContent).toContain("21 characters");
  expect(server).not.toHaveBeenCalled();
});

it("offers Stop while an answer is written and nothing is typed", async () => {
  await open();
  const stopped = vi.fn();
  document.addEventListener("quire:stop", stopped);
  expect(key(input(), "Escape").defaultPrevented).toBe(false);
  get("ol").innerHTML = '<li data-controller="exchange"></li>';
  document.dispatchEvent(new CustomEvent("quire:runs"));
  expect([
    get("[data-composer-target=stop]").hidden,
    get("[data-composer-target=send]").hidden,
  ]).toEqual([false, true]);
  expect(key(input(), "Escape").defaultPrevented).toBe(true);
  write("Next");
  expect(get("[data-composer-target=stop]").hidden).toBe(true);
  expect(stopped).toHaveBeenCalledTimes(1);
  document.removeEventListener("quire:stop", stopped);
});

it("tries an answer again in its place, or says why not", async () => {
  serve({ "/retry/": { body: `<li class="exchange" id="again"></li>` } });
  await open();
  const failed = `<li class="exchange"><form action="/retry/" data-action="composer#retry"></form></li>`;
  get("ol").innerHTML = failed + failed.replace("/retry/", "/gone/");
  await settled();
  const submit = (): SubmitEvent => new SubmitEvent("submit", { bubbles: true, cancelable: true });
  get("ol form").dispatchEvent(submit());
  await settled();
  expect(document.getElementById("again")).not.toBeNull();
  get("ol form").dispatchEvent(submit());
  await settled();
  expect(get("#error").textContent).toContain("did not accept");
});

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { stream } from "../lib/stream";
import type { Status } from "../lib/stream";
import type { ServerEvent } from "../protocol";
import { get, mount, serve, settled, unmount } from "../testing";
import { ExchangeController } from "./exchange";

const live = `<li id="m-1" aria-busy="true" data-controller="exchange" data-exchange-run-value="r"
  data-exchange-refresh-value="/message/" data-exchange-stop-value="/stop/">
  <div id="answer" data-exchange-target="answer"><p>partial</p></div>
  <p id="line" data-exchange-target="line">Waiting</p><form data-exchange-target="stop"></form></li>`;
const stored = `<li id="m-1" tabindex="-1"><p>Stored.</p><i data-source-number="1"></i></li>`;

let hear: (event: ServerEvent) => void;
let tell: (status: Status) => void;
const ended = vi.fn();

const event = (n: number, rest: object): ServerEvent =>
  ({ run: "r", seq: 1_000_000 + n, ...rest }) as unknown as ServerEvent;
const start = (): void => {
  hear(event(1, { type: "run.started", attempt: 1 }));
};
const frame = (): Promise<void> =>
  new Promise((done) =>
    requestAnimationFrame(() => {
      done();
    }),
  );

beforeEach(async () => {
  ended.mockClear();
  vi.spyOn(stream, "subscribe").mockImplementation((_topic, _after, listener) => {
    hear = listener;
    return ended;
  });
  vi.spyOn(stream, "watch").mockImplementation((watcher) => {
    tell = watcher;
    return () => true;
  });
  await mount(`<div id="announcer"></div><ol>${live}</ol>`, { exchange: ExchangeController });
});
afterEach(async () => {
  await unmount();
});

it("shows stages, blocks, the tail and what citations say", async () => {
  start();
  hear(event(2, { type: "stage.changed", stage: "read", text: "Reading 2 passages" }));
  hear(event(3, { type: "block.rendered", index: 0, html: "<p>One.</p>", tail: "Two <b>" }));
  hear(event(4, { type: "citation.added", number: 1, title: "T", place: "" }));
  hear({ type: "pong" });
  await frame();
  expect(get("#line").textContent).toBe("Reading 2 passages");
  expect(get("#answer").textContent).toBe("One.Two <b>");
  expect(get("#m-1").dataset["citations"]).toBe('[[1,{"title":"T","place":""}]]');
  expect(get("form").hidden).toBe(true);
});

it("ends as the stored exchange and says so once", async () => {
  serve({ "/message/": { body: stored } });
  start();
  hear(event(2, { type: "run.completed", message: "1" }));
  hear(event(3, { type: "run.completed", message: "1" }));
  await settled();
  await new Promise((done) => setTimeout(done, 60));
  expect(get("ol").innerHTML).toBe(stored);
  expect(get("#announcer").textContent).toBe("Answer finished, 1 source");
  expect(ended).toHaveBeenCalled();
});

it("says what went wrong when there is no answer", async () => {
  serve({ "/message/": { body: '<li id="m-1"><b class="notice__title">No model</b></li>' } });
  start();
  hear(event(2, { type: "run.failed", message: "1", code: "c", detail: "d" }));
  await settled();
  await new Promise((done) => setTimeout(done, 60));
  expect(get("#announcer").textContent).toBe("No model");
});

it("fetches what it missed", async () => {
  const server = serve({ "/message/": { body: live } });
  start();
  hear(event(7, { type: "text.delta", text: "late" }));
  await settled();
  expect(server).toHaveBeenCalledTimes(1);
  expect(get("#answer").textContent).toBe("partial");
});

it("fetches the exchange when its subscription is refused", async () => {
  serve({ "/message/": { body: stored } });
  hear({ type: "error", code: "not_found", detail: "", topic: "run", id: "r" });
  await settled();
  expect(get("ol").textContent).toContain("Stored.");
});

it("takes back what it showed and says why when the answer is not the reader's any more", async () => {
  serve({});
  start();
  hear(event(2, { type: "text.delta", text: "secret" }));
  hear({ type: "error", code: "not_found", detail: "You may not see it.", topic: "run", id: "r" });
  await settled();
  expect(get("#answer").textContent).toBe("");
  expect(get("#line").textContent).toBe("You may not see it.");
});

it("tries again when the stored exchange cannot be had just then", async () => {
  const server = serve({ "/message/": { body: "", status: 500 } });
  vi.useFakeTimers();
  start();
  hear(event(2, { type: "run.completed", message: "1" }));
  await vi.advanceTimersByTimeAsync(3100);
  expect(server).toHaveBeenCalledTimes(2);
});

it("polls where sockets are blocked and stops when they are not", async () => {
  const server = serve({ "/message/": { body: stored } });
  vi.useFakeTimers();
  tell("blocked");
  tell("open");
  await vi.advanceTimersByTimeAsync(5000);
  expect(server).not.toHaveBeenCalled();
  tell("blocked");
  await vi.advanceTimersByTimeAsync(2100);
  expect(get("ol").textContent).toContain("Stored.");
});

it("stops when it is told to, and says when it cannot", async () => {
  const server = serve({ "/stop/": { body: "" } });
  document.dispatchEvent(new CustomEvent("quire:stop"));
  expect(get("#line").textContent).toBe("Stopping");
  await settled();
  expect(server).toHaveBeenCalledTimes(1);
  serve({});
  document.dispatchEvent(new CustomEvent("quire:stop"));
  await settled();
  expect(get("#line").textContent).toBe("Could not be stopped just now");
});

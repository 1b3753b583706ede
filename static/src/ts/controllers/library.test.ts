import { afterEach, expect, it, vi } from "vitest";
import { stream } from "../lib/stream";
import type { Status } from "../lib/stream";
import type { ServerEvent } from "../protocol";
import { get, mount, serve, settled, unmount } from "../testing";
import { LibraryController } from "./library";

let hear: (event: ServerEvent) => void;
let tell: (status: Status) => void;
let shown: () => string[];

const row = (id: string, text: string, busy = "data-row-busy"): string =>
  `<tr id="document-${id}" data-row ${busy}><td>${text}<input type="checkbox" value="${id}"><button data-keep="cancel"></button></td></tr>`;
const counts = (total: number): string =>
  `<p id="library-summary">${total} documents</p><nav id="library-states" data-total="${total}"></nav>`;
const list = (rows: string, first = "data-first"): string =>
  `<div id="library" data-library-target="list" ${first}><p data-library-target="news" hidden></p><table><tbody>${rows}</tbody></table></div>`;
const answer = (total: number, rows = "") => ({
  body: `${counts(total)}<table><tbody>${rows}</tbody></table>`,
});
const updated = (id: string): void => {
  hear({ type: "document.updated", document: id });
};

async function open(rows: string, first = "data-first"): Promise<void> {
  vi.spyOn(stream, "subscribe").mockImplementation((_topic, _after, listener, rows) => {
    hear = listener;
    shown = rows ?? (() => []);
    return () => undefined;
  });
  vi.spyOn(stream, "watch").mockImplementation((watcher) => {
    tell = watcher;
    return () => true;
  });
  await mount(
    `<div id="announcer"></div><div id="messages"></div><main data-controller="library" data-library-workspace-value="acme" data-library-rows-value="/rows/" data-action="queue:added->library#added htmx:responseError->library#refused htmx:afterSettle->library#settled">${counts(1)}${list(rows, first)}</main>`,
    { library: LibraryController },
  );
  vi.useFakeTimers();
}

const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);

afterEach(async () => {
  history.replaceState(null, "", "/");
  await unmount();
});

it("fetches the rows that changed in one answer, and the numbers with them", async () => {
  history.replaceState(null, "", "/?state=reading");
  const server = serve({ "/rows/": answer(1, row("a", "Ready", "") + row("b", "Reading")) });
  await open(row("a", "Reading") + row("b", "Waiting"));
  for (const id of ["a", "b", "a", "b", "a"]) updated(id);
  hear({ type: "pong" });
  await later(400);
  expect(server).toHaveBeenCalledTimes(1);
  expect(server.mock.calls[0]?.[0]).toMatch(/\/rows\/\?state=reading&ids=a%2Cb$/);
  expect(get("#document-a").textContent).toBe("Ready");
  expect(get("#library-summary").textContent).toBe("1 documents");
});

it("asks at most every 300 ms while five hundred documents change", async () => {
  const ids = Array.from({ length: 50 }, (_, n) => `d${n}`);
  const server = serve({ "/rows/": answer(1, ids.map((id) => row(id, "x")).join("")) });
  await open(ids.map((id) => row(id, "x")).join(""));
  for (let n = 0; n < 500; n += 1) {
    updated(`d${n}`);
    await later(10);
  }
  expect(server.mock.calls.length).toBeLessThan(18);
});

it("fetches no row that is not on the page, and the numbers only now and then", async () => {
  const server = serve({ "/rows/": answer(1) });
  await open(row("a", "Ready", ""));
  for (let n = 0; n < 40; n += 1) {
    updated(`elsewhere${n}`);
    await later(100);
  }
  await later(2_000);
  expect(server.mock.calls.length).toBeLessThan(4);
  expect(server.mock.calls[0]?.[0]).toMatch(/ids=$/);
});

it("keeps what is ticked and where the focus is", async () => {
  serve({ "/rows/": answer(1, row("a", "Page 2")) });
  await open(row("a", "Page 1"));
  get<HTMLInputElement>("input").checked = true;
  get("button").focus();
  updated("a");
  await later(400);
  expect(get("#document-a").textContent).toBe("Page 2");
  expect(get<HTMLInputElement>("input").checked).toBe(true);
  expect(document.activeElement).toBe(get("button"));
});

it("shows new documents at once, but moves nothing under who is choosing rows", async () => {
  serve({ "/rows/": answer(2), "/": { body: counts(2) + list(row("z", "New")) } });
  await open(row("a", "Ready", ""));
  get<HTMLInputElement>("input").checked = true;
  updated("z");
  await later(2_500);
  expect(get("[data-library-target=news]").hidden).toBe(false);
  expect(document.querySelector("#document-z")).toBeNull();
});

it("takes the list anew when there are more documents than before", async () => {
  serve({ "/rows/": answer(2, row("z", "New")), "/": { body: counts(2) + list(row("z", "New")) } });
  await open(row("a", "Ready", ""));
  updated("z");
  await later(2_500);
  expect(get("#document-z").textContent).toBe("New");
});

/** A list that the server read at once, and that arrives when it is let go. */
function slowList(server: ReturnType<typeof serve>, body: string): { arrive: () => void } {
  const list = { arrive: (): void => undefined };
  const usual = server.getMockImplementation();
  server.mockImplementation((url, init) => {
    if (usual && typeof url === "string" && url.includes("/rows/")) return usual(url, init);
    return new Promise((resolve) => {
      list.arrive = () => {
        resolve(new Response(body));
      };
    });
  });
  return list;
}

it("looks at what is being read when the list arrives, as what rang meanwhile is newer", async () => {
  const server = serve({ "/rows/": answer(2, row("z", "Ready", "")) });
  const slow = slowList(server, counts(2) + list(row("z", "Indexing") + row("a", "Ready", "")));
  await open(row("a", "Ready", ""));
  get("main").dispatchEvent(new CustomEvent("queue:added"));
  await later(100);
  updated("z");
  await later(1_000);
  slow.arrive();
  await later(10);
  expect(get("#document-z").textContent).toBe("Indexing");
  await later(400);
  expect(get("#document-z").textContent).toBe("Ready");
});

it("puts no row back that was taken away while the list was on its way", async () => {
  const server = serve({ "/rows/": answer(1) });
  const slow = slowList(server, counts(2) + list(row("a", "Ready", "") + row("b", "Ready", "")));
  await open(row("a", "Ready", "") + row("b", "Ready", ""));
  get("main").dispatchEvent(new CustomEvent("queue:added"));
  await later(100);
  hear({ type: "document.removed", document: "b" });
  expect(document.querySelector("#document-b")).toBeNull();
  slow.arrive();
  await later(2_500);
  expect(document.querySelector("#document-b")).toBeNull();
});

it("looks at what is being read when a quiet socket answers, as a ring may get lost", async () => {
  const server = serve({ "/rows/": answer(1, row("a", "Ready", "")) });
  await open(row("a", "Indexing") + row("b", "Ready", ""));
  hear({ type: "pong" });
  await later(400);
  expect(server.mock.calls[0]?.[0]).toMatch(/ids=a$/);
  expect(get("#document-a").textContent).toBe("Ready");
  hear({ type: "pong" });
  await later(400);
  expect(server).toHaveBeenCalledTimes(1);
});

it("looks again at what is being read after a button swapped the list", async () => {
  serve({ "/rows/": answer(1, row("a", "Ready", "")) });
  await open(row("a", "Waiting"));
  get("#library").dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true }));
  await later(400);
  expect(get("#document-a").textContent).toBe("Ready");
});

it("takes the row of a document away that is removed", async () => {
  serve({ "/rows/": answer(1), "/": { body: counts(0) + list("") } });
  await open(row("a", "Ready", "") + row("b", "Ready", ""));
  hear({ type: "document.removed", document: "a" });
  hear({ type: "document.removed", document: "never seen" });
  expect(shown()).toEqual(["b"]);
  await later(2_500);
  expect(get("#library-summary").textContent).toBe("1 documents");
  hear({ type: "document.removed", document: "b" });
  await later(2_500);
  expect(get("#library-summary").textContent).toBe("0 documents");
});

it("drops rows that the reader sees no more and asks again for what could not be fetched", async () => {
  const server = serve({});
  await open(row("a", "Ready") + row("b", "Ready"));
  updated("a");
  await later(400);
  expect(document.querySelectorAll("tr")).toHaveLength(1);
  server.mockImplementation(() => Promise.resolve(new Response("", { status: 500 })));
  updated("b");
  await later(400);
  expect(document.querySelectorAll("tr")).toHaveLength(1);
  server.mockImplementation(() => Promise.resolve(new Response(answer(1, row("b", "New")).body)));
  await later(6_000);
  expect(get("#document-b").textContent).toBe("New");
});

it("fetches the list at once for the first file that was taken, and once in a while for many", async () => {
  const server = serve({ "/": { body: counts(2) + list(row("z", "New")) } });
  await open("");
  for (let n = 0; n < 40; n += 1) {
    get("main").dispatchEvent(new CustomEvent("queue:added"));
    await later(100);
    if (n === 0) expect(get("#document-z").textContent).toBe("New");
  }
  expect(server.mock.calls.length).toBeLessThan(5);
});

it("leaves another page of the list alone while files are added", async () => {
  const server = serve({ "/rows/": answer(2) });
  await open(row("a", "Ready", ""), "");
  get("main").dispatchEvent(new CustomEvent("queue:added"));
  await later(2_500);
  expect(server.mock.calls).toHaveLength(1);
  expect(server.mock.calls[0]?.[0]).toMatch(/\/rows\//);
});

it("says why when the library is not the reader's any more", async () => {
  await open(row("a", "Ready", ""));
  hear({ type: "error", code: "not_found", detail: "You may not see it.", workspace: "acme" });
  expect(get("#library-summary").textContent).toBe("You may not see it.");
});

it("shows the words of a refusal, and reads messages out", async () => {
  await open(row("a", "Ready", ""));
  const xhr = { responseText: "<p>Only what failed.</p>" };
  get("main").dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr } }));
  expect(get("#messages").textContent).toBe("Only what failed.");
  const whole = { responseText: "<html>proxy</html>" };
  get("main").dispatchEvent(new CustomEvent("htmx:responseError", { detail: { xhr: whole } }));
  expect(get("#messages").textContent).toBe("Only what failed.");
});

it("looks for itself where sockets are blocked, and once when they are back", async () => {
  const server = serve({ "/rows/": answer(1, row("a", "Reading")) });
  await open(row("a", "Waiting") + row("b", "Ready", ""));
  tell("blocked");
  await later(4_500);
  expect(server).toHaveBeenCalledTimes(2);
  tell("open");
  await settledFake();
  expect(server).toHaveBeenCalledTimes(3);
});

async function settledFake(): Promise<void> {
  await later(10_000);
  vi.useRealTimers();
  await settled();
}

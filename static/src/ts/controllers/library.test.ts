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
  `<tr id="document-${id}" data-row-url="/row/${id}/" ${busy}><td>${text}</td></tr>`;

async function open(rows: string): Promise<void> {
  vi.spyOn(stream, "subscribe").mockImplementation((_topic, _after, listener, rows) => {
    hear = listener;
    shown = rows ?? (() => []);
    return () => undefined;
  });
  vi.spyOn(stream, "watch").mockImplementation((watcher) => {
    tell = watcher;
    return () => true;
  });
  const table = rows && `<table><tbody data-library-target="rows">${rows}</tbody></table>`;
  await mount(
    `<main data-controller="library" data-library-workspace-value="acme" data-library-url-value="/library/" data-action="upload:added->library#added"><p id="library-summary">1 document</p><div id="library">${table}</div></main>`,
    { library: LibraryController },
  );
}

const added = (html: string) =>
  get("main").dispatchEvent(new CustomEvent("upload:added", { detail: { html } }));

afterEach(async () => {
  await unmount();
});

it("fetches the row that changed", async () => {
  serve({
    "/row/a/": { body: row("a", "Ready", "") },
    "/library/": { body: '<p id="library-summary">2 documents</p>' },
  });
  await open(row("a", "Reading"));
  hear({ type: "document.updated", document: "a" });
  hear({ type: "pong" });
  await settled();
  expect(get("#document-a").textContent).toBe("Ready");
  expect(get("#library-summary").textContent).toBe("2 documents");
});

it("takes the row of a document away that is removed, and says so in the sentence above", async () => {
  serve({
    "/library/": { body: '<p id="library-summary">1 document</p><div id="library"></div>' },
  });
  await open(row("a", "Ready", "") + row("b", "Ready", ""));
  hear({ type: "document.removed", document: "a" });
  hear({ type: "document.removed", document: "never seen" });
  await settled();
  expect(document.querySelectorAll("tr")).toHaveLength(1);
  expect(shown()).toEqual(["b"]);
  hear({ type: "document.removed", document: "b" });
  await settled();
  expect(get("#library").innerHTML).toBe("");
});

it("says why when the library is not the reader's any more", async () => {
  await open(row("a", "Ready", ""));
  hear({ type: "error", code: "not_found", detail: "You may not see it.", workspace: "acme" });
  expect(get("#library-summary").textContent).toBe("You may not see it.");
});

it("asks once more when a row changes while it is fetched, not once a change", async () => {
  const server = serve({ "/row/a/": { body: row("a", "Reading") } });
  await open(row("a", "Waiting"));
  for (let n = 0; n < 5; n += 1) hear({ type: "document.updated", document: "a" });
  await settled();
  expect(server).toHaveBeenCalledTimes(2);
});

it("drops the row of a document that is gone and keeps one that could not be fetched", async () => {
  serve({ "/row/b/": { body: "", status: 500 } });
  await open(row("a", "Ready") + row("b", "Ready"));
  hear({ type: "document.updated", document: "a" });
  hear({ type: "document.updated", document: "b" });
  await settled();
  expect(document.querySelectorAll("tr")).toHaveLength(1);
});

it("loads the list again for a document it does not know", async () => {
  serve({ "/library/": { body: "<html><div id=library>new list</div></html>" } });
  await open(row("a", "Ready"));
  hear({ type: "document.updated", document: "z" });
  await settled();
  expect(get("#library").textContent).toBe("new list");
});

it("puts an uploaded document first, or in its place when it is known", async () => {
  serve({ "/library/": { body: '<p id="library-summary">2 documents</p>' } });
  await open(row("a", "Ready"));
  added(row("b", "Waiting"));
  await settled();
  expect(get("tr").id).toBe("document-b");
  added(row("b", "Reading"));
  await settled();
  expect(get("tr").textContent).toBe("Reading");
  expect(get("#library-summary").textContent).toBe("2 documents");
});

it("loads the table with the first document", async () => {
  serve({ "/library/": { body: `<div id="library"><table></table></div>` } });
  await open("");
  added(row("a", "Waiting"));
  await settled();
  expect(document.querySelector("table")).not.toBeNull();
});

it("looks for itself where sockets are blocked, and once when they are back", async () => {
  const server = serve({ "/row/a/": { body: row("a", "Reading") } });
  await open(row("a", "Waiting") + row("b", "Ready", ""));
  vi.useFakeTimers();
  tell("blocked");
  await vi.advanceTimersByTimeAsync(4100);
  expect(server).toHaveBeenCalledTimes(2);
  tell("open");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(server).toHaveBeenCalledTimes(3);
});

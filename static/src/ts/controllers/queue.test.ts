import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Sent } from "../lib/send";
import { get, mount, settled, unmount } from "../testing";
import { QueueController } from "./queue";
import type { Given } from "./upload";

const html = `<div id="announcer"></div><main><section data-controller="queue" hidden
  data-action="upload:given@window->queue#take offline@window->queue#offline online@window->queue#online beforeunload@window->queue#leave">
  <b data-slot="title"></b><i data-slot="words"></i><u data-slot="pause"></u>
  ${["again", "save", "cancel", "resume", "close"].map((name) => `<button id="${name}" data-offer="${name}" data-action="queue#${name}" hidden></button>`).join("")}
  <button id="fold" aria-expanded="true" data-action="queue#fold"></button>
  <progress data-slot="bar" max="100"></progress><div data-slot="active"></div><ul data-slot="reasons"></ul><p data-slot="more"></p>
  <template data-queue-target="line"><div class="line"><b data-slot="name"></b><i data-slot="state"></i><progress max="100"></progress></div></template>
  <template data-queue-target="reason"><li><b data-slot="name"></b><i data-slot="state"></i><u data-slot="reason"></u></li></template>
</section></main>`;

interface Fake {
  name: string;
  progress: (percent: number) => void;
  finish: (sent: Partial<Sent>) => Promise<void>;
  aborted: boolean;
}
let sending: Fake[];
const taken: Partial<Sent> = { text: '{"results": [{"outcome": "taken", "title": "A"}]}' };
const refused: Partial<Sent> = {
  status: 422,
  text: '{"results": [{"outcome": "refused", "detail": "Protected by a password."}]}',
};

const transport: Given["transport"] = ({ file }, progress) => {
  let resolve: (sent: Sent) => void = () => undefined;
  const answer = new Promise<Sent>((done) => (resolve = done));
  const fake: Fake = {
    name: file.name,
    progress,
    aborted: false,
    finish: async (sent) => {
      resolve({ status: 200, text: "", retryAfter: null, ...sent });
      await frame();
    },
  };
  sending.push(fake);
  return { answer, abort: () => (fake.aborted = true) };
};

function give(count: number, left: Given["left"] = []): void {
  const files = Array.from({ length: count }, (_, n) => new File(["text"], `${n}.md`));
  const good = files.map((file) => ({ file, path: "" }));
  window.dispatchEvent(new CustomEvent("upload:given", { detail: { good, left, transport } }));
}

async function frame(): Promise<void> {
  await settled();
  await new Promise((done) => requestAnimationFrame(done));
  await settled();
}

const said = (slot: string): string => get(`[data-slot=${slot}]`).textContent;

beforeEach(async () => {
  sending = [];
  await mount(html, { queue: QueueController });
});
afterEach(unmount);

it("sends three at a time, shows those alone, and counts", async () => {
  give(500);
  await frame();
  expect(sending.map(({ name }) => name)).toEqual(["0.md", "1.md", "2.md"]);
  expect(document.querySelectorAll(".line")).toHaveLength(3);
  sending[0]?.progress(40);
  expect(get(".line").textContent).toBe("0.md40 %");
  sending[0]?.progress(100);
  expect(get(".line").textContent).toBe("0.mdChecking");
  await sending[0]?.finish(taken);
  expect(said("title")).toBe("Adding 1 of 500 files");
  expect(document.querySelectorAll(".line")).toHaveLength(3);
  expect(sending).toHaveLength(4);
});

it("goes on after a refusal and reports what became of each", async () => {
  const file = new File([""], "x.md");
  give(2, [{ picked: { file, path: "" }, state: "skipped", reason: "Hidden." }]);
  await frame();
  await sending[0]?.finish(refused);
  expect(get("ul").textContent).toBe("0.mdRefusedProtected by a password.");
  await sending[1]?.finish(taken);
  expect(said("title")).toBe("1 of 3 files added");
  expect(said("words")).toBe("1 refused · 1 skipped");
  expect([get("#save").hidden, get("#close").hidden, get("#cancel").hidden]).toEqual([
    false,
    false,
    true,
  ]);
  const made = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:report");
  get("#save").click();
  expect(await (made.mock.calls[0]?.[0] as Blob).text()).toContain(
    '"0.md","4","Refused","Protected by a password."',
  );
  get("#close").click();
  expect(get("section").hidden).toBe(true);
});

it("tells the library of each file that was taken, and needs no report for a few", async () => {
  const added = vi.fn();
  get("main").addEventListener("queue:added", added);
  give(1);
  await frame();
  expect(get("section").hidden).toBe(false);
  await sending[0]?.finish(taken);
  expect(added).toHaveBeenCalledOnce();
  expect(get("section").hidden).toBe(true);
});

it("waits while the connection is gone, and goes on by itself", async () => {
  give(1);
  window.dispatchEvent(new Event("offline"));
  await sending[0]?.finish({ status: 0 });
  expect(said("pause")).toContain("You are offline");
  expect(sending).toHaveLength(1);
  window.dispatchEvent(new Event("online"));
  await frame();
  expect(sending).toHaveLength(2);
});

it("stops where the session has ended, until somebody goes on", async () => {
  give(5);
  await frame();
  await sending[1]?.finish({ status: 401 });
  expect(said("pause")).toContain("Your session has ended");
  expect(get("#resume").hidden).toBe(false);
  await sending[0]?.finish(taken);
  expect(sending).toHaveLength(3);
  get("#resume").click();
  await frame();
  expect(sending).toHaveLength(5);
});

it("asks before the page is left while files are sent", async () => {
  const leave = () => {
    const event = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect(leave()).toBe(false);
  give(1);
  expect(leave()).toBe(true);
  get("#cancel").click();
  await frame();
  expect([leave(), sending[0]?.aborted, said("words")]).toEqual([false, true, "1 cancelled"]);
});

it("folds its details away", () => {
  get("#fold").click();
  expect(get("#fold").getAttribute("aria-expanded")).toBe("false");
  expect(get("section").classList).toContain("queue--folded");
});

it("shows twenty of many refusals and says how many more there are", async () => {
  const file = new File([""], "x.md");
  const one = { picked: { file, path: "" }, state: "refused" as const, reason: "Empty." };
  give(
    0,
    Array.from({ length: 32 }, () => one),
  );
  await frame();
  expect(document.querySelectorAll("li")).toHaveLength(20);
  expect(said("more")).toBe("and 12 more, in the report");
});

import { afterEach, expect, it, vi } from "vitest";
import { fromDrop, fromInput, isLitter } from "./folders";
import { Gatherer } from "./gather";
import { UploadQueue } from "./queue";
import { leftWords, msLeft, tally, tallyWords, toCsv } from "./report";
import { sendForm } from "./send";
import type { Sent } from "./send";
import { readVerdict } from "./verdict";

const sent = (status: number, body: unknown = "", retryAfter: number | null = null): Sent => ({
  status,
  text: typeof body === "string" ? body : JSON.stringify(body),
  retryAfter,
});
const result = (outcome: string, more: object = {}): object => ({
  results: [{ outcome, title: "A", ...more }],
});

afterEach(() => {
  vi.useRealTimers();
});

it.each([
  [sent(200, result("taken")), { kind: "taken", title: "A" }],
  [sent(200, result("version")), { kind: "version", title: "A" }],
  [sent(200, result("same", { age_seconds: 9 })), { kind: "same", title: "A", seconds: 9 }],
  [sent(200, "<html>"), { kind: "signed-out" }],
  [sent(401), { kind: "signed-out" }],
  [sent(0), { kind: "again" }],
  [sent(503), { kind: "again" }],
  [
    sent(507, { detail: "The storage is full." }),
    { kind: "refused", reason: "The storage is full." },
  ],
  [sent(429, "", 3), { kind: "slower", seconds: 10 }],
  [sent(429, "", 40), { kind: "slower", seconds: 40 }],
  [
    sent(429, { detail: "This alone is more." }),
    { kind: "refused", reason: "This alone is more." },
  ],
  [sent(403, { title: "You may not" }), { kind: "refused", reason: "You may not" }],
  [
    sent(413, "<html>nginx"),
    { kind: "refused", reason: "It is larger than this installation takes." },
  ],
  [sent(400, "[]"), { kind: "refused", reason: "Quire did not take it, and did not say why." }],
  [sent(422, "null"), { kind: "refused", reason: "Quire did not take it, and did not say why." }],
])("reads an answer: %o", (answer, verdict) => {
  expect(readVerdict(answer)).toEqual(verdict);
});

/** A queue whose transport gives these answers one after another. */
function run(answers: Sent[], count = 1): UploadQueue {
  vi.useFakeTimers();
  const queue = new UploadQueue(() => undefined);
  const picked = Array.from({ length: count }, (_, n) => ({
    file: new File(["x"], `${n}.md`),
    path: "",
  }));
  queue.add(picked, () => ({
    answer: Promise.resolve(answers.shift() ?? sent(0)),
    abort: vi.fn(),
  }));
  return queue;
}

it("tries again after a lost answer, and knows its own file when the server has it", async () => {
  const queue = run([sent(0), sent(502), sent(200, result("same", { age_seconds: 1 }))]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(queue.items[0]?.state).toBe("taken");
});

it("calls a file the same that was there before", async () => {
  const queue = run([sent(0), sent(200, result("same", { age_seconds: 3600 }))]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(queue.items[0]?.state).toBe("same");
});

it("gives up after many tries, and tries anew when it is asked to", async () => {
  const answers = Array.from({ length: 9 }, () => sent(0));
  const queue = run([...answers, sent(200, result("taken"))]);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(queue.items[0]).toMatchObject({ state: "failed", reason: "Quire could not be reached." });
  expect(queue.isRunning).toBe(false);
  queue.again();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(queue.items[0]?.state).toBe("taken");
});

it("sends nothing while the server asks for patience, and loses nothing", async () => {
  const queue = run([sent(200, result("taken")), sent(429, "", 30)], 2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([queue.pause, tally(queue.items).waiting]).toEqual(["slower", 1]);
  queue.cancelAll();
  expect([queue.pause, tally(queue.items).cancelled]).toEqual(["", 1]);
});

it("reckons the time that is left by the bytes", async () => {
  const queue = run([sent(200, result("taken"))], 2);
  queue.hold("offline");
  await vi.advanceTimersByTimeAsync(10);
  expect(msLeft(queue.items, 0, 1_000)).toBeNull();
  expect(msLeft([], 0, 10_000)).toBeNull();
  Object.assign(queue.items[0] ?? {}, { state: "taken", percent: 100 });
  Object.assign(queue.items[1] ?? {}, { state: "waiting", percent: 0 });
  expect(msLeft(queue.items, 0, 10_000)).toBe(10_000);
  expect([leftWords(null), leftWords(3_000), leftWords(120_000), leftWords(7_200_000)]).toEqual([
    "",
    "about 10 s left",
    "about 2 min left",
    "about 2 h left",
  ]);
});

it("makes a table that no program takes for formulas", () => {
  const queue = new UploadQueue(() => undefined);
  queue.leaveOut({ file: new File(["x"], '=cmd|"x"'), path: "" }, "refused", "No.");
  expect(toCsv(queue.items)).toBe(
    '\uFEFF"File","Bytes","What became of it","Why"\r\n"\'=cmd|""x""","1","Refused","No."\r\n',
  );
  expect(tallyWords(tally(queue.items))).toEqual(["1 refused"]);
});

// --- folders

type Tree = { [name: string]: Tree | string | null };

function entry(name: string, content: Tree | string | null, parent = ""): FileSystemEntry {
  const fullPath = `${parent}/${name}`;
  if (content === null || typeof content === "string") {
    const file = (ok: (file: File) => void, no: (error: Error) => void): void => {
      if (content === null) no(new Error("locked"));
      else ok(new File([content], name));
    };
    return { name, fullPath, isFile: true, isDirectory: false, file } as unknown as FileSystemEntry;
  }
  const batches = Object.entries(content).map(([child, inner]) => [entry(child, inner, fullPath)]);
  const createReader = () => ({
    readEntries: (ok: (some: FileSystemEntry[]) => void) => {
      ok(batches.shift() ?? []);
    },
  });
  return {
    name,
    fullPath,
    isFile: false,
    isDirectory: true,
    createReader,
  } as unknown as FileSystemEntry;
}

it("reads dropped folders to the bottom, whatever cannot be opened", async () => {
  const items = [
    entry("alone.md", "x"),
    entry("papers", { b: { "c.md": "c" }, "a.md": "a", "no.md": null }),
  ];
  const transfer = {
    items: [
      ...items.map((one) => ({ kind: "file", webkitGetAsEntry: () => one })),
      { kind: "string" },
    ],
    files: [],
  };
  const { picked, unreadable } = await fromDrop(transfer as unknown as DataTransfer);
  expect(picked.map(({ file, path }) => [file.name, path])).toEqual([
    ["alone.md", ""],
    ["a.md", "papers/a.md"],
    ["c.md", "papers/b/c.md"],
  ]);
  expect(unreadable).toEqual(["papers/no.md"]);
});

it("takes plain files where the browser knows no folders", async () => {
  const transfer = { items: [], files: [new File(["x"], "a.md")] };
  expect((await fromDrop(transfer as unknown as DataTransfer)).picked).toHaveLength(1);
});

it.each([
  ["Thumbs.db", true],
  [".git/config", true],
  ["~$plan.docx", true],
  ["__MACOSX/a.md", true],
  ["papers/a.md", false],
])("knows what systems keep beside people's files: %s", (path, expected) => {
  const file = new File(["x"], path.split("/").pop() ?? "");
  expect(isLitter({ file, path })).toBe(expected);
  expect(fromInput([file])[0]?.path).toBe("");
});

// --- sending, and gathering what changed

class FakeRequest extends EventTarget {
  static last: FakeRequest;
  readonly upload = new EventTarget();
  status = 0;
  responseText = "";
  headers: Record<string, string> = {};
  open = vi.fn();
  send = vi.fn(() => (FakeRequest.last = this));
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  getResponseHeader(): string | null {
    return this.status === 429 ? "7" : null;
  }
  abort(): void {
    this.dispatchEvent(new Event("loadend"));
  }
  progress(loaded: number): void {
    const event = Object.assign(new Event("progress"), {
      lengthComputable: true,
      loaded,
      total: 4,
    });
    this.upload.dispatchEvent(event);
  }
}

it("sends a form, tells how far it is, and hands the answer on", async () => {
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  const onProgress = vi.fn();
  const { answer } = sendForm("/upload/", new FormData(), onProgress);
  FakeRequest.last.progress(1);
  FakeRequest.last.progress(4);
  expect(onProgress.mock.calls).toEqual([[25], [100]]);
  expect(FakeRequest.last.headers["Accept"]).toBe("application/json");
  Object.assign(FakeRequest.last, { status: 429, responseText: "slow" });
  FakeRequest.last.dispatchEvent(new Event("loadend"));
  expect(await answer).toEqual({ status: 429, text: "slow", retryAfter: 7 });
});

it("takes a connection on which nothing moves for lost", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("XMLHttpRequest", FakeRequest);
  const { answer } = sendForm("/upload/", new FormData(), vi.fn());
  await vi.advanceTimersByTimeAsync(59_000);
  FakeRequest.last.progress(1);
  await vi.advanceTimersByTimeAsync(61_000);
  expect((await answer).status).toBe(0);
});

it("does one piece of work at a time and brings back what failed", async () => {
  vi.useFakeTimers();
  const seen: string[][] = [];
  let fails = true;
  const gatherer = new Gatherer(async (ids) => {
    seen.push(ids);
    await new Promise((done) => setTimeout(done, 1_000));
    if (fails) throw new Error("away");
  });
  gatherer.add("a");
  gatherer.add("b");
  await vi.advanceTimersByTimeAsync(400);
  gatherer.add("c");
  await vi.advanceTimersByTimeAsync(500);
  expect(seen).toEqual([["a", "b"]]);
  await vi.advanceTimersByTimeAsync(500);
  fails = false;
  await vi.advanceTimersByTimeAsync(12_000);
  expect(seen.flat().sort()).toEqual(["a", "a", "b", "b", "c"]);
  gatherer.add("d");
  gatherer.stop();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(seen.flat()).not.toContain("d");
});

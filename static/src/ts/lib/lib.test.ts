import { afterEach, describe, expect, it, vi } from "vitest";
import { announce } from "./announce";
import { Blocks } from "./blocks";
import { keepCookie, readCookie } from "./cookies";
import { csrfToken } from "./csrf";
import { refusal } from "./files";
import { getFragment, getPage, postForm, Refusal } from "./http";
import { objection } from "./question";
import { citedBy, streamed } from "./sources";
import { fill, insert, pick, replace, SWAPPED } from "./swap";
import { copyOf } from "./template";
import { bytes } from "./words";

const answer = (body: string, init?: ResponseInit) =>
  vi.fn<typeof fetch>(() => Promise.resolve(new Response(body, init)));

afterEach(() => {
  document.body.replaceChildren();
  keepCookie("csrftoken", "");
});

describe("http", () => {
  it("asks for a fragment and reads where it lives", async () => {
    vi.stubGlobal("fetch", answer("<p>a</p>", { headers: { "X-Quire-Location": "/w/a/chat/1/" } }));
    const fragment = await getFragment("/x");
    expect(fragment).toEqual({ status: 200, html: "<p>a</p>", location: "/w/a/chat/1/" });
    expect(vi.mocked(fetch).mock.calls[0]?.[1]?.headers).toMatchObject({ "X-Quire-Fragment": "1" });
  });

  it("sends the token with what it posts", async () => {
    keepCookie("csrftoken", "abc");
    vi.stubGlobal("fetch", answer(""));
    await postForm("/x", new FormData());
    expect(vi.mocked(fetch).mock.calls[0]?.[1]?.headers).toMatchObject({ "X-CSRFToken": "abc" });
  });

  it("posts words as a plain form, even none, and files in parts", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(() => Promise.resolve(new Response(""))),
    );
    const words = new FormData();
    words.set("question", "a & b");
    const file = new FormData();
    file.set("file", new File(["a"], "a.txt"));
    for (const form of [new FormData(), words, file]) await postForm("/x", form);
    const bodies = vi.mocked(fetch).mock.calls.map(([, init]) => init?.body);
    expect(bodies[0]).toEqual(new URLSearchParams());
    expect(bodies[1]).toEqual(new URLSearchParams({ question: "a & b" }));
    expect(bodies[2]).toBe(file);
  });

  it("keeps the server's words about a refusal, but never a whole page", async () => {
    vi.stubGlobal("fetch", answer("<div>No</div>", { status: 422 }));
    await expect(getFragment("/x")).rejects.toMatchObject({ status: 422, html: "<div>No</div>" });
    vi.stubGlobal("fetch", answer("<!DOCTYPE html><html>", { status: 502 }));
    await expect(getPage("/x")).rejects.toMatchObject({ status: 502, html: "" });
  });

  it.each([401, 413, 429, 500, 400])("has words for a %i without a body", async (status) => {
    vi.stubGlobal("fetch", answer("", { status }));
    const error = await getFragment("/x").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).message).toMatch(/\.$/);
  });

  it("says so when the server cannot be reached", async () => {
    vi.stubGlobal(
      "fetch",
      vi.fn(() => Promise.reject(new TypeError("offline"))),
    );
    await expect(getFragment("/x")).rejects.toMatchObject({ status: 0 });
  });
});

describe("csrfToken", () => {
  it("falls back to the page's form", () => {
    document.body.innerHTML = '<input name="csrfmiddlewaretoken" value="fromform">';
    expect(csrfToken()).toBe("fromform");
    keepCookie("csrftoken", "fromcookie");
    expect(csrfToken()).toBe("fromcookie");
    expect(readCookie("absent")).toBe("");
  });
});

describe("swap", () => {
  it("replaces, fills and inserts, and tells of each", () => {
    document.body.innerHTML = '<div id="a">old</div>';
    const told = vi.fn();
    document.addEventListener(SWAPPED, told);
    const first = replace(document.getElementById("a")!, '<div id="b"></div>');
    expect(first?.id).toBe("b");
    fill(first!, "<i>1</i>");
    insert(first!, "<b>0</b>", first!.firstChild);
    expect(first!.innerHTML).toBe("<b>0</b><i>1</i>");
    expect(told).toHaveBeenCalledTimes(3);
    document.removeEventListener(SWAPPED, told);
  });

  it("parses rows without their table and picks one piece of a page", () => {
    document.body.innerHTML = "<table><tbody></tbody></table>";
    insert(document.querySelector("tbody")!, "<tr><td>1</td></tr>");
    expect(document.querySelectorAll("tr")).toHaveLength(1);
    expect(pick("<main><p id='x'>1</p></main>", "#x")).toBe('<p id="x">1</p>');
    expect(pick("<main></main>", "#x")).toBeNull();
  });
});

describe("Blocks", () => {
  it("keeps the order of blocks and leaves unchanged ones alone", () => {
    document.body.innerHTML = "<div>from the server</div>";
    const root = document.querySelector("div")!;
    const blocks = new Blocks(root);
    blocks.show(["<p>0</p>"], "tail <b>");
    const kept = root.firstElementChild;
    const sparse: string[] = ["<p>0</p>"];
    sparse[2] = "<p>2</p>";
    blocks.show(sparse, "");
    blocks.show(["<p>0</p>", "<p>1</p>", "<p>2b</p>"], "");
    expect(root.firstElementChild).toBe(kept);
    expect([...root.children].map((node) => node.textContent)).toEqual(["0", "1", "2b", ""]);
    expect(root.querySelector("b")).toBeNull();
    blocks.show([], "new attempt");
    expect(root.textContent).toBe("new attempt");
  });
});

describe("refusal", () => {
  const rules = { limit: 1000, accepts: ".pdf,.md,text/plain" };
  it.each([
    [new File([], "a.pdf"), "The file is empty. Choose one that has text in it."],
    [
      new File(["x".repeat(1001)], "a.pdf"),
      "It is 1001 bytes; this installation takes files up to 1000 bytes.",
    ],
    [
      new File(["x"], "a.mp4", { type: "video/mp4" }),
      "Quire does not read this kind of file. Save it as PDF, or in another kind that the page names.",
    ],
    [new File(["x"], "A.PDF"), ""],
    [new File(["x"], "old.doc", { type: "application/msword" }), ""],
    [new File(["x"], "report"), ""],
    [new File(["x"], "notes", { type: "text/plain" }), ""],
  ])("judges %o", (file, words) => {
    expect(refusal(file, rules)).toBe(words);
  });
});

describe("words", () => {
  it.each([
    [900, "900 bytes"],
    [1536, "1.5 KB"],
    [52_428_800, "50 MB"],
    [5 * 1024 ** 4, "5120 GB"],
  ])("says %i as %s", (count, words) => {
    expect(bytes(count)).toBe(words);
  });

  it("objects to no question and to one that is too long", () => {
    expect(objection("", 10)).toBe("Write a question first.");
    expect(objection("x".repeat(11), 10)).toContain("11 characters; at most 10");
    expect(objection("𝕏".repeat(10), 10)).toBe("");
    expect(objection("anything", 0)).toBe("");
  });
});

describe("sources", () => {
  it("knows a citation's source, or what the stream said of it", () => {
    document.body.innerHTML = `<li class="exchange"><sup class="citation"><a href="#s">2</a></sup>
      <div data-source-number="2"><a data-source-link href="/doc">T</a></div></li><a id="out">1</a>`;
    const anchor = document.querySelector(".citation a")!;
    expect(citedBy(anchor)).toMatchObject({ number: 2, url: "/doc" });
    expect(citedBy(document.getElementById("out")!)).toBeNull();
    const exchange = document.querySelector<HTMLElement>(".exchange")!;
    expect(streamed(exchange, 2)).toBe("");
    exchange.dataset["citations"] =
      '[[2,{"title":"T","place":"slide 4"}],[3,{"title":"U","place":""}]]';
    expect(streamed(exchange, 2)).toBe("T, slide 4");
    expect(streamed(exchange, 3)).toBe("U");
  });
});

describe("the page's own pieces", () => {
  it("announces, and minds nothing when there is no region", () => {
    vi.useFakeTimers();
    announce("nobody hears");
    document.body.innerHTML = '<div id="announcer"></div>';
    announce("Answer finished");
    vi.runAllTimers();
    expect(document.getElementById("announcer")?.textContent).toBe("Answer finished");
    vi.useRealTimers();
  });

  it("copies a template as text and refuses an empty one", () => {
    document.body.innerHTML =
      '<template><p><b data-slot="name"></b></p></template><template></template>';
    const [full, empty] = [...document.querySelectorAll("template")];
    expect(copyOf(full!, { name: "<i>", absent: "x" }).textContent).toBe("<i>");
    expect(() => copyOf(empty!, {})).toThrow("empty template");
  });
});

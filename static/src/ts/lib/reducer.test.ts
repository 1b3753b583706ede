import { describe, expect, it } from "vitest";
import type { RunEvent } from "../protocol";
import { blank, reduce } from "./reducer";

const run = "r";
const at = (attempt: number, n: number): number => attempt * 1_000_000 + n;
const play = (...events: RunEvent[]) => events.reduce(reduce, blank);

const started: RunEvent = { type: "run.started", run, seq: at(1, 1), attempt: 1 };
const stage: RunEvent = {
  type: "stage.changed",
  run,
  seq: at(1, 2),
  stage: "s",
  text: "Searching",
};
const words: RunEvent = { type: "text.delta", run, seq: at(1, 3), text: "One " };
const block: RunEvent = {
  type: "block.rendered",
  run,
  seq: at(1, 4),
  index: 0,
  html: "<p>One</p>",
  tail: "Two",
};
const citation: RunEvent = {
  type: "citation.added",
  run,
  seq: at(1, 5),
  number: 1,
  title: "Handbook",
  place: "page 3",
};

describe("reduce", () => {
  it("follows a run from its stages to its words", () => {
    const state = play(started, stage, words, block, citation);
    expect(state).toMatchObject({
      phase: "writing",
      stage: "Searching",
      tail: "Two",
      isBehind: false,
    });
    expect(state.blocks).toEqual(["<p>One</p>"]);
    expect(state.citations.get(1)).toEqual({ title: "Handbook", place: "page 3" });
  });

  it("adds words to the unfinished tail", () => {
    const state = play(started, stage, words, { ...words, seq: at(1, 4), text: "two" });
    expect(state.tail).toBe("One two");
  });

  it("ignores what it has seen", () => {
    const state = play(started, stage, words);
    expect(reduce(state, words)).toBe(state);
    expect(reduce(state, stage)).toBe(state);
  });

  it("marks a gap and keeps what it has", () => {
    const state = play(started, stage, { ...words, seq: at(1, 9) });
    expect(state).toMatchObject({ isBehind: true, tail: "" });
  });

  it("forgets an attempt's words when the next one starts", () => {
    const state = play(started, stage, words, block, citation, {
      type: "run.started",
      run,
      seq: at(2, 1),
      attempt: 2,
    });
    expect(state).toMatchObject({ attempt: 2, tail: "", stage: "Searching", isBehind: false });
    expect(state.blocks).toEqual([]);
    expect(state.citations.size).toBe(0);
  });

  it("takes the first event of an attempt whatever its type", () => {
    const state = play(started, { ...stage, seq: at(3, 1) });
    expect(state).toMatchObject({ attempt: 3, isBehind: false });
  });

  it("ignores a late event of an older attempt", () => {
    const state = play({ ...started, seq: at(2, 1), attempt: 2 });
    expect(reduce(state, words)).toBe(state);
  });

  it.each(["run.completed", "run.failed", "run.cancelled"] as const)("ends on %s", (type) => {
    const last = { type, run, seq: at(1, 2), message: "m", code: "c", detail: "d" } as RunEvent;
    expect(play(started, last).phase).toBe("ended");
  });

  it("refuses an event it was never told of", () => {
    const odd = { type: "odd", run, seq: at(1, 2) } as unknown as RunEvent;
    expect(() => play(started, odd)).toThrow("Unknown event");
  });
});

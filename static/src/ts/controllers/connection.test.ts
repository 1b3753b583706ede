import { afterEach, expect, it, vi } from "vitest";
import { stream } from "../lib/stream";
import type { Status } from "../lib/stream";
import { get, mount, settled, unmount } from "../testing";
import { ConnectionController } from "./connection";

afterEach(async () => {
  await unmount();
});

it("speaks of a gap only when it lasts", async () => {
  let tell: (status: Status) => void = () => undefined;
  const unwatch = vi.fn(() => true);
  vi.spyOn(stream, "watch").mockImplementation((watcher) => {
    tell = watcher;
    return unwatch;
  });
  await mount('<p data-controller="connection" hidden></p>', { connection: ConnectionController });
  vi.useFakeTimers();
  tell("reconnecting");
  tell("open");
  vi.advanceTimersByTime(2000);
  expect(get("p").hidden).toBe(true);
  tell("reconnecting");
  vi.advanceTimersByTime(2000);
  expect([get("p").hidden, get("p").textContent]).toEqual([false, "Reconnecting"]);
  tell("blocked");
  vi.advanceTimersByTime(2000);
  expect(get("p").textContent).toContain("every 2 seconds");
  vi.useRealTimers();
  get("p").remove();
  await settled();
  expect(unwatch).toHaveBeenCalled();
});

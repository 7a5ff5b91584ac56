import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { paced, restAfter, type Schedule } from "@/timeline/frames";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A page of which each frame takes as long to draw as the test says. */
function page(): { schedule: Schedule; begun: number[]; draw: (took: number) => void } {
  const begun: number[] = [];
  let told: (() => void) | null = null;
  const schedule = paced({
    next: (work) => {
      begun.push(Date.now());
      work();
    },
    now: () => Date.now(),
    drawn: (callback) => (told = callback),
  });
  const draw = (took: number): void => {
    vi.advanceTimersByTime(took);
    told?.();
  };
  return { schedule, begun, draw };
}

const nothing = (): void => undefined;

describe("where a frame is drawn in time", () => {
  test("the next follows at once", () => {
    const { schedule, begun, draw } = page();
    const start = Date.now();
    schedule(nothing);
    draw(5);
    schedule(nothing);
    expect(begun).toEqual([start, start + 5]);
  });
});

describe("where drawing takes longer than a frame", () => {
  test("the page rests before the next, in proportion", () => {
    const { schedule, begun, draw } = page();
    const start = Date.now();
    schedule(nothing);
    draw(20);
    schedule(nothing);
    expect(begun).toHaveLength(1);
    vi.advanceTimersByTime(100);
    expect(begun).toEqual([start, start + 20 + Math.trunc(restAfter(20))]);
  });

  test("what comes while it is drawn waits for the end of it, and for the rest", () => {
    const { schedule, begun, draw } = page();
    schedule(nothing);
    schedule(nothing);
    vi.advanceTimersByTime(1000);
    expect(begun).toHaveLength(1);
    draw(0);
    vi.advanceTimersByTime(restAfter(1000) + 1);
    expect(begun).toHaveLength(2);
  });

  test("what is missing of a tape being loaded does not wait", () => {
    const { schedule, begun, draw } = page();
    schedule(nothing);
    draw(400);
    schedule(nothing, true);
    expect(begun).toHaveLength(2);
  });

  test("it never rests longer than a third of a second", () => {
    expect(restAfter(10_000)).toBeLessThan(334);
    expect(restAfter(16)).toBe(0);
  });
});

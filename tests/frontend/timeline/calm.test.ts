import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { Calm, CALM_MS } from "@/timeline/calm";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function calm(): { told: number[]; take: (value: number, atOnce?: boolean) => void } {
  const told: number[] = [];
  const made = new Calm<number>((value) => told.push(value));
  return { told, take: (value, atOnce) => made.take(value, atOnce) };
}

test("the first change is told at once, and one after a rest too", () => {
  const { told, take } = calm();
  take(1);
  expect(told).toEqual([1]);
  vi.advanceTimersByTime(CALM_MS);
  take(2);
  expect(told).toEqual([1, 2]);
});

test("of many changes the newest is told, four times a second", () => {
  const { told, take } = calm();
  for (let at = 0; at <= 1000; at += 10) {
    take(at);
    vi.advanceTimersByTime(10);
  }
  expect(told).toEqual([0, 240, 490, 740, 990]);
  vi.advanceTimersByTime(CALM_MS);
  expect(told.at(-1)).toBe(1000);
});

test("the last change is never held back for good", () => {
  const { told, take } = calm();
  take(1);
  take(2);
  take(3);
  vi.advanceTimersByTime(CALM_MS);
  expect(told).toEqual([1, 3]);
  vi.advanceTimersByTime(10 * CALM_MS);
  expect(told).toEqual([1, 3]);
});

test("what nobody should wait for is told at once, in its place", () => {
  const { told, take } = calm();
  take(1);
  take(2);
  take(3, true);
  vi.advanceTimersByTime(10 * CALM_MS);
  expect(told).toEqual([1, 3]);
});

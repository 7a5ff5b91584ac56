import fc from "fast-check";
import { expect, test } from "vitest";

import { Dues, LONGEST_LULL_MS, LONGEST_PAUSE_MS } from "@/timeline/dues";

import { arbitraryTape } from "../scene/arbitrary";
import { story } from "../tapes/golden";
import { TapeMaker } from "../tapes/maker";

const even = fc.boolean();

test("the bar goes forward, and each time on it has its position", () => {
  fc.assert(
    fc.property(arbitraryTape, fc.nat({ max: 70 }), even, (tape, first, pace) => {
      const dues = new Dues(first);
      dues.follow(tape);
      let before = 0;
      for (let position = 0; position <= tape.length; position += 1) {
        const due = dues.of(position, pace);
        expect(due).toBeGreaterThanOrEqual(before);
        if (position <= first) expect(due).toBe(0);
        else expect(dues.positionAt(due, pace) >= position || due === 0).toBe(true);
        before = due;
      }
      expect(dues.positionAt(0, pace)).toBe(Math.min(first, tape.length));
      expect(dues.positionAt(dues.length(pace) + 1, pace)).toBe(tape.length);
    }),
  );
});

test("a tape followed bit by bit lies on the bar as one taken at once", () => {
  const tape = story();
  const atOnce = new Dues();
  atOnce.follow(tape);
  const bitByBit = new Dues();
  for (let end = 1; end <= tape.length; end += 3) bitByBit.follow(tape.slice(0, end));
  bitByBit.follow(tape);
  for (const pace of [true, false])
    for (let at = 0; at <= tape.length; at += 1)
      expect(bitByBit.of(at, pace)).toBe(atOnce.of(at, pace));
});

test("a clock that goes back moves nothing back", () => {
  const tape = story().slice(0, 4);
  const times = [100, 500, 50, 700];
  const dues = new Dues();
  dues.follow(tape.map((event, index) => ({ ...event, at_ms: times[index] ?? 0 })));
  expect([1, 2, 3, 4].map((at) => dues.of(at, false))).toEqual([0, 400, 400, 600]);
});

test("a program that writes for minutes while nobody does anything takes little of the even pace", () => {
  const maker = new TapeMaker().open();
  const id = maker.container("web", "sha256:1");
  const began = maker.events.length;
  for (let at = 0; at < 600; at += 1) {
    maker.changes(id, [{ path: "/log.txt", kind: "added", size: at }]);
  }
  const left = maker.events.length;
  maker.add({ type: "container.removed", container: id });
  const tape = maker.events.map((event, at) => ({ ...event, at_ms: at * 1000 }));
  const dues = new Dues();
  dues.follow(tape);
  expect(dues.of(left, false) - dues.of(began, false)).toBe(600_000);
  expect(dues.of(left, true) - dues.of(began, true)).toBe(LONGEST_LULL_MS);
  // What is done after it has its usual time again.
  expect(dues.of(left + 1, true) - dues.of(left, true)).toBeLessThanOrEqual(LONGEST_PAUSE_MS);
  expect(dues.of(left + 1, true)).toBeGreaterThan(dues.of(left, true));
  // The first of it are seen as they came.
  expect(dues.of(began + 2, true) - dues.of(began + 1, true)).toBe(1100);
});

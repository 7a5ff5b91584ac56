import fc from "fast-check";
import { expect, test } from "vitest";

import { Dues } from "@/timeline/dues";

import { arbitraryTape } from "../scene/arbitrary";
import { story } from "../tapes/golden";

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

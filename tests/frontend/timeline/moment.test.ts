import { describe, expect, test } from "vitest";

import { momentOf, momentOfHash, parseMoment, positionOf } from "@/timeline/moment";

import { story } from "../tapes/golden";

describe("a moment in an address", () => {
  test.each([
    ["e120", { position: 120 }],
    ["e0", { position: 0 }],
    ["83", { ms: 83_000 }],
    ["83.4", { ms: 83_400 }],
    ["1:23", { ms: 83_000 }],
    ["1:02:03.5", { ms: 3_723_500 }],
    [" 5 ", { ms: 5000 }],
  ])("%j is read", (text, moment) => {
    expect(parseMoment(text)).toEqual(moment);
  });

  test.each(["", "e", "e-1", "e1.5", "-3", "1:", ":2", "1e3", "NaN", "0x10", "e99999999999", null])(
    "%j is none and is passed over",
    (text) => {
      expect(parseMoment(text)).toBeNull();
    },
  );

  test("is read as it was written", () => {
    expect(parseMoment(momentOf(77))).toEqual({ position: 77 });
  });

  test("is found in a fragment, also among other words", () => {
    expect(momentOfHash("#t=e12")).toEqual({ position: 12 });
    expect(momentOfHash("#x=1&t=1:05")).toEqual({ ms: 65_000 });
    expect(momentOfHash("#elsewhere")).toBeNull();
    expect(momentOfHash("")).toBeNull();
  });

  test("in seconds means all that had happened by then", () => {
    const tape = story();
    const ms = tape[20]?.at_ms ?? 0;
    const position = positionOf({ ms }, tape);
    expect(tape[position - 1]?.at_ms).toBeLessThanOrEqual(ms);
    expect(tape[position]?.at_ms).toBeGreaterThan(ms);
    expect(positionOf({ ms: 1e12 }, tape)).toBe(tape.length);
    expect(positionOf({ position: 7 }, tape)).toBe(7);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { discover, foundCount, noDiscoveries, rows } from "@/scene/discoveries";
import { fold } from "@/scene/reduce";
import { MOST_WAITING, Tape } from "@/timeline/tape";
import { MOST_A_FRAME, Timeline, type Snapshot } from "@/timeline/timeline";

import { arbitraryTape } from "../scene/arbitrary";
import { story } from "../tapes/golden";
import { digest, TapeMaker } from "../tapes/maker";

/** A timeline whose frames come when the test says so. */
function byHand(): { timeline: Timeline; frame: () => void; frames: () => number } {
  const waiting: (() => void)[] = [];
  let frames = 0;
  return {
    timeline: new Timeline((work) => waiting.push(work)),
    frame: () => {
      const work = waiting.shift();
      if (work) frames += 1;
      work?.();
    },
    frames: () => frames,
  };
}

describe("a tape", () => {
  test("is the same whatever order it arrives in, and however often", () => {
    fc.assert(
      fc.property(
        arbitraryTape.chain((tape) =>
          fc.tuple(
            fc.constant(tape),
            fc.shuffledSubarray([...tape, ...tape], { minLength: tape.length * 2 }),
          ),
        ),
        ([tape, arrived]) => {
          const held = new Tape();
          for (const event of arrived) {
            held.add([event]);
            expect(held.events.map((each) => each.seq)).toEqual(held.events.map((_, at) => at + 1));
          }
          expect(held.events).toEqual(tape);
          expect(held.missingAfter).toBeNull();
        },
      ),
    );
  });

  test("knows after what events are missing", () => {
    const [first, second, third] = story() as [never, never, never];
    const held = new Tape();
    held.add([first, third]);
    expect([held.head, held.missingAfter]).toEqual([1, 1]);
    expect(held.add([second])).toBe(true);
    expect([held.head, held.missingAfter]).toEqual([3, null]);
    expect(held.add([second])).toBe(false);
  });

  test("does not grow without bound behind a gap", () => {
    const held = new Tape();
    const events = Array.from({ length: MOST_WAITING + 10 }, (_, at) => ({
      ...story()[0],
      seq: at + 2,
    })) as never[];
    held.add(events);
    held.add([{ ...story()[0], seq: 1 } as never]);
    expect(held.head).toBe(MOST_WAITING + 1);
  });
});

describe("a timeline", () => {
  test("folds once a frame, however many events came", () => {
    const { timeline, frame, frames } = byHand();
    const tape = story();
    for (const event of tape) timeline.add([event]);
    expect(timeline.snapshot.at).toBe(0);
    frame();
    frame();
    expect(frames()).toBe(1);
    expect(timeline.snapshot.scene).toEqual(fold(tape));
    expect(timeline.snapshot).toMatchObject({ at: tape.length, head: tape.length, live: true });
  });

  test("takes several frames for a long tape, and shows it as the past while it catches up", () => {
    const { timeline, frame } = byHand();
    const maker = new TapeMaker().open();
    const id = maker.container("chatty", digest("any"));
    for (let line = 0; line < 2 * MOST_A_FRAME; line += 1) maker.says(id, `${line}\n`);
    timeline.add(maker.events);
    const ats = [0, 1, 2].map(() => {
      frame();
      return [timeline.snapshot.at, timeline.snapshot.jumped];
    });
    expect(ats).toEqual([
      [MOST_A_FRAME, true],
      [2 * MOST_A_FRAME, true],
      [maker.events.length, false],
    ]);
    expect(timeline.snapshot.scene).toEqual(fold(maker.events));
    const all = maker.events.reduce(discover, noDiscoveries());
    expect(rows(timeline.snapshot.discoveries)).toEqual(rows(all));
  });

  test("looking at a position is folding so many events, in whatever order one looks", () => {
    fc.assert(
      fc.property(
        arbitraryTape,
        fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 8 }),
        (tape, positions) => {
          const { timeline, frame } = byHand();
          timeline.add(tape);
          frame();
          for (const position of positions) {
            timeline.seek(position);
            const { at, scene } = timeline.snapshot;
            expect(at).toBe(Math.min(position, tape.length));
            expect(scene).toEqual(fold(tape.slice(0, at)));
          }
        },
      ),
    );
  });

  test("finds far positions from scenes that it kept", () => {
    const { timeline, frame } = byHand();
    const maker = new TapeMaker().open();
    const id = maker.container("chatty", digest("any"));
    for (let line = 0; line < 1200; line += 1) maker.says(id, `${line}\n`);
    timeline.add(maker.events);
    frame();
    for (const position of [1100, 40, 251, 250, 249, 1203, 0]) {
      timeline.seek(position);
      expect(timeline.snapshot.scene).toEqual(fold(maker.events.slice(0, position)));
    }
  });

  test("stays where one looks while the tape grows, and follows again when asked", () => {
    const { timeline, frame } = byHand();
    const tape = story();
    timeline.add(tape.slice(0, 20));
    frame();
    timeline.seek(5);
    timeline.add(tape.slice(20));
    frame();
    expect(timeline.snapshot).toMatchObject({ at: 5, head: tape.length, live: false });
    expect(foundCount(rows(timeline.snapshot.discoveries))).toBe(6);
    timeline.goLive();
    expect(timeline.snapshot).toMatchObject({ at: tape.length, live: true, jumped: true });
  });

  test("takes positions that are none for the nearest that is one", () => {
    const { timeline, frame } = byHand();
    timeline.add(story());
    frame();
    for (const [asked, got] of [
      [-3, 0],
      [2.7, 2],
      [1e9, story().length],
      [Number.NaN, 0],
    ] as const) {
      timeline.seek(asked);
      expect(timeline.snapshot.at).toBe(got);
    }
  });

  test("shows the past as it is and plays what comes after it", () => {
    const { timeline, frame } = byHand();
    const tape = story();
    timeline.expect(30);
    const jumps = [tape.slice(0, 20), tape.slice(20, 30), tape.slice(30, 31)].map((events) => {
      timeline.add(events);
      frame();
      return timeline.snapshot.jumped;
    });
    expect(jumps).toEqual([true, true, false]);
    timeline.seek(30);
    expect(timeline.snapshot.jumped).toBe(false);
    timeline.seek(10);
    expect(timeline.snapshot.jumped).toBe(true);
  });

  test("tells who subscribed at once and then with every frame, until they leave", () => {
    const { timeline, frame } = byHand();
    const seen: Snapshot[] = [];
    const leave = timeline.subscribe((snapshot) => seen.push(snapshot));
    timeline.add(story());
    frame();
    leave();
    timeline.seek(1);
    expect(seen.map((snapshot) => snapshot.at)).toEqual([0, story().length]);
  });
});

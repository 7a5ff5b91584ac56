/** Time travel, on every tape that was ever recorded and on tapes made up: where one ends is all that counts. */
import { readdirSync, readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { fold } from "@/scene/reduce";
import { decodeEvent } from "@/source/shape";
import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";

import { arbitraryTape } from "../scene/arbitrary";
import { FakeClock } from "../source/world";

const FOLDER = "tests/tapes";

/** Also those with a header, whose first line is no event. */
function golden(name: string): readonly AnyEvent[] {
  return readFileSync(`${FOLDER}/${name}`, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((raw) => "type" in raw)
    .map((raw) => decodeEvent(raw))
    .filter((event) => event !== null);
}

const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl"));
const GOLDEN = NAMES.map((name) => [name, golden(name)] as const);

function opened(tape: readonly AnyEvent[]) {
  const clock = new FakeClock();
  const timeline = new Timeline((work) => work());
  timeline.add(tape);
  const playback = new Playback(timeline, { clock, schedule: (work) => work() });
  return { clock, timeline, playback };
}

type Move = (playback: Playback) => void;

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    fc.nat({ max: 90 }).map(
      (at): Move =>
        (playback) =>
          playback.seek(at),
    ),
    fc.double({ min: 0, max: 1, noNaN: true }).map(
      (share): Move =>
        (playback) =>
          playback.seekMs(share * playback.state.lengthMs),
    ),
    fc.constantFrom<Move>(
      (playback) => playback.stepEvent(1),
      (playback) => playback.stepEvent(-1),
      (playback) => playback.stepStep(1),
      (playback) => playback.stepStep(-1),
      (playback) => playback.toStart(),
      (playback) => playback.toEnd(),
      (playback) => (playback.trim = !playback.trim),
    ),
  ),
  { minLength: 1, maxLength: 12 },
);

function expectFolded(
  tape: readonly AnyEvent[],
  { timeline, playback }: ReturnType<typeof opened>,
) {
  const { position } = playback.state;
  expect(timeline.snapshot.at).toBe(position);
  expect(timeline.snapshot.scene).toEqual(fold(tape.slice(0, position)));
}

test.each(GOLDEN)("however one moves on %s, one sees the events folded so far", (_, tape) => {
  expect(tape.length).toBeGreaterThan(0);
  fc.assert(
    fc.property(moves, (made) => {
      const player = opened(tape);
      for (const move of made) {
        move(player.playback);
        expectFolded(tape, player);
      }
    }),
    { numRuns: 40 },
  );
});

test("the same holds of any tape", () => {
  fc.assert(
    fc.property(arbitraryTape, moves, (tape, made) => {
      const player = opened(tape);
      for (const move of made) {
        move(player.playback);
        expectFolded(tape, player);
      }
    }),
  );
});

describe.each(GOLDEN)("%s", (_, tape) => {
  test.each([0.5, 1, 4])("plays to its end at speed %d, never back", (speed) => {
    const { clock, timeline, playback } = opened(tape);
    playback.speed = speed;
    let before = 0;
    let broken = 0;
    timeline.subscribe(({ at }) => {
      if (at < before) broken += 1;
      before = at;
    });
    playback.play();
    clock.passes(playback.state.lengthMs / speed + 1);
    expect(broken).toBe(0);
    expect(playback.state).toMatchObject({ position: tape.length, playing: false });
    expect(timeline.snapshot.scene).toEqual(fold(tape));
  });
});

import { describe, expect, test } from "vitest";

import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";
import { logOf } from "@/view/transcript/log";
import { momentWords, tapeLengthMs, tapeMs } from "@/view/timeline/words";

import { FakeClock } from "../../source/world";
import { story } from "../../tapes/golden";
import { digest, TapeMaker } from "../../tapes/maker";

const tape = story();

function opened(trim: boolean, events = tape): Playback {
  const timeline = new Timeline((work) => work());
  timeline.add(events);
  return new Playback(timeline, { trim, clock: new FakeClock(), schedule: (work) => work() });
}

describe("the clock of the bar is the tape's own", () => {
  test.each([true, false])("at every event, as its transcript tells it (even pace: %s)", (trim) => {
    const playback = opened(trim);
    for (const event of tape) {
      playback.seek(event.seq);
      expect(tapeMs(playback, playback.state)).toBe(event.at_ms);
    }
    const told = logOf(playback.events).at(tape.length);
    expect(tapeLengthMs(playback, playback.state)).toBeGreaterThanOrEqual(told?.atMs ?? Infinity);
  });

  test.each([true, false])("and it never goes back between them (even pace: %s)", (trim) => {
    const playback = opened(trim);
    let before = 0;
    for (let share = 0; share <= 1; share += 1 / 512) {
      playback.seekMs(share * playback.state.lengthMs);
      const now = tapeMs(playback, playback.state);
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
    expect(before).toBe(tapeLengthMs(playback, playback.state));
  });

  test("so a wait that is shortened passes fast", () => {
    const maker = new TapeMaker().open();
    const id = maker.container("web", digest("a"));
    maker.wait(600_000);
    maker.says(id, "late\n");
    const playback = opened(true, maker.events);
    const [begin, end] = maker.events.slice(-2).map(({ at_ms: at }) => at) as [number, number];
    const due = playback.dueOf(maker.events.length - 1);
    playback.seekMs((due + playback.state.lengthMs) / 2);
    expect(tapeMs(playback, playback.state)).toBeCloseTo((begin + end) / 2, 3);
  });

  test("and is what a reader of the screen hears", () => {
    const playback = opened(true);
    playback.seek(tape.length - 1);
    expect(momentWords(playback.state, playback)).toMatch(
      new RegExp(`; event ${tape.length - 1} of ${tape.length}, \\d+:\\d\\d of \\d+:\\d\\d$`),
    );
  });
});

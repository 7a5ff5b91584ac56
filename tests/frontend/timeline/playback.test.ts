import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { fold } from "@/scene/reduce";
import { Playback, type PlaybackOptions } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";

import { FakeClock } from "../source/world";
import { story } from "../tapes/golden";
import { digest, TapeMaker } from "../tapes/maker";

const tape = story();

function playing(options: PlaybackOptions = {}, events: readonly AnyEvent[] = tape) {
  const clock = new FakeClock();
  const timeline = new Timeline((work) => work());
  timeline.add(events);
  const playback = new Playback(timeline, { clock, schedule: (work) => work(), ...options });
  const ends = () => clock.passes(playback.state.lengthMs / playback.speed + 1);
  return { clock, timeline, playback, ends };
}

describe("playing a recording", () => {
  test("stands at its beginning until it is told to play, and then plays to its end", () => {
    const { clock, timeline, playback, ends } = playing();
    clock.passes(600_000);
    expect(playback.state).toMatchObject({ playing: false, position: 0, live: false });
    expect(timeline.snapshot.at).toBe(0);
    playback.play();
    expect(playback.state.playing).toBe(true);
    ends();
    expect(playback.state).toMatchObject({ playing: false, position: tape.length });
    expect(playback.state.elapsedMs).toBe(playback.state.lengthMs);
    expect(timeline.snapshot.scene).toEqual(fold(tape));
  });

  test("keeps the pace at which it was recorded when it is told to", () => {
    const { clock, timeline, playback } = playing({ trim: false });
    playback.play();
    const at = tape[9]?.at_ms ?? 0;
    clock.passes(at - (tape[0]?.at_ms ?? 0));
    expect(timeline.snapshot.at).toBe(tape.filter((event) => event.at_ms <= at).length);
  });

  test("shortens long pauses and gives what is seen time to be seen", () => {
    const maker = new TapeMaker().open();
    const id = maker.container("web", digest("a"));
    maker.wait(600_000);
    maker.says(id, "late\n");
    const even = playing({}, maker.events).playback;
    const recorded = playing({ trim: false }, maker.events).playback;
    expect(recorded.state.lengthMs).toBeGreaterThan(600_000);
    expect(even.state.lengthMs).toBeLessThan(6000);
    expect(even.dueOf(2) - even.dueOf(1)).toBeGreaterThanOrEqual(1000);
  });

  test("stays at its moment when the pace of the bar is switched", () => {
    const { playback } = playing();
    playback.seek(30);
    playback.trim = false;
    expect(playback.state).toMatchObject({ position: 30, trim: false });
    expect(playback.positionAt(playback.state.elapsedMs)).toBeGreaterThanOrEqual(30);
  });

  test("stands still while it is paused and goes on where it was", () => {
    const { clock, playback } = playing();
    playback.play();
    clock.passes(1600);
    playback.pause();
    const { position } = playback.state;
    clock.passes(600_000);
    expect(playback.state).toMatchObject({ position, elapsedMs: 1600, playing: false });
    playback.toggle();
    clock.passes(playback.state.lengthMs - 1600 + 1);
    expect(playback.state.position).toBe(tape.length);
  });

  test.each([0.5, 1, 2, 4])("takes the time that speed %d gives it", (speed) => {
    const { clock, playback } = playing();
    playback.speed = speed;
    playback.play();
    clock.passes((playback.state.lengthMs - 100) / speed);
    expect(playback.state.playing).toBe(true);
    clock.passes(100 / speed + 1);
    expect(playback.state).toMatchObject({ playing: false, position: tape.length });
  });

  test("changes speed from the moment it is told to, without a jump", () => {
    const { clock, playback } = playing();
    playback.play();
    clock.passes(1000);
    playback.speed = 4;
    expect(playback.state.elapsedMs).toBe(1000);
    clock.passes(100);
    expect(playback.state.elapsedMs).toBe(1400);
  });

  test("draws a press with the next frame, and lets a drag rest between what it draws", () => {
    const soon: boolean[] = [];
    const schedule = (work: () => void, next = false): void => {
      soon.push(next);
      work();
    };
    const { playback } = playing({ schedule });
    playback.seekMs(playback.state.lengthMs / 2, true);
    for (const share of [0.6, 0.7]) playback.seekMs(playback.state.lengthMs * share);
    playback.seek(3, true);
    expect(soon).toEqual([true, false, false, true]);
  });

  test("begins again after its end when it loops, and from its start when it is played there", () => {
    const looped = playing({ loop: true, restMs: 3000 });
    looped.playback.play();
    looped.clock.passes(looped.playback.state.lengthMs + 2999);
    expect(looped.playback.state).toMatchObject({ position: tape.length, playing: true });
    looped.clock.passes(1);
    expect(looped.playback.state).toMatchObject({ elapsedMs: 0, playing: true });
    const { playback } = playing();
    playback.toEnd();
    playback.play();
    expect(playback.state).toMatchObject({ elapsedMs: 0, playing: true });
  });

  test("is silent once closed, also when it would have begun again", () => {
    const { clock, timeline, playback } = playing({ loop: true });
    playback.play();
    clock.passes(playback.state.lengthMs + 10);
    playback.close();
    clock.passes(600_000);
    expect(timeline.snapshot.at).toBe(tape.length);
  });

  test("begins where the recording does, with what came before already there", () => {
    const { timeline, playback } = playing({ first: 20 });
    expect(timeline.snapshot.at).toBe(20);
    expect(playback.state).toMatchObject({ first: 20, position: 20, elapsedMs: 0 });
    playback.seek(3);
    playback.stepEvent(-1);
    playback.stepStep(-1);
    playback.seekMs(-5);
    expect(playback.state.position).toBe(20);
    playback.seek(40);
    playback.toStart();
    expect(timeline.snapshot.scene).toEqual(fold(tape.slice(0, 20)));
  });

  test("begins there also when the events come after it", () => {
    const timeline = new Timeline((work) => work());
    const playback = new Playback(timeline, { first: 20, schedule: (work) => work() });
    expect(playback.state).toMatchObject({ position: 0, head: 0, lengthMs: 0 });
    playback.play();
    timeline.add(tape);
    expect(timeline.snapshot.at).toBe(20);
    expect(playback.state).toMatchObject({ first: 20, position: 20, head: tape.length });
  });
});

describe("going through a tape", () => {
  test("by event goes one back and forth, and stops at both ends", () => {
    const { timeline, playback } = playing();
    playback.stepEvent(1);
    playback.stepEvent(1);
    playback.stepEvent(-1);
    expect([playback.state.position, timeline.snapshot.at]).toEqual([1, 1]);
    expect(timeline.snapshot.jumped).toBe(false);
    playback.stepEvent(-1);
    playback.stepEvent(-1);
    expect(playback.state.position).toBe(0);
    playback.toEnd();
    playback.stepEvent(1);
    expect(playback.state.position).toBe(tape.length);
  });

  test("by step stops at what is worth seeing, the same there and back", () => {
    const { playback } = playing();
    const there: number[] = [];
    while (playback.state.position < tape.length) {
      playback.stepStep(1);
      there.push(playback.state.position);
    }
    const types = there.map((position) => tape[position - 1]?.type);
    expect(types).toContain("step.started");
    expect(types).toContain("container.created");
    expect(types.slice(0, -1)).not.toContain("step.output");
    const back: number[] = [];
    while (playback.state.position > 0) {
      back.unshift(playback.state.position);
      playback.stepStep(-1);
    }
    expect(back.filter((at) => at > 1)).toEqual(there.filter((at) => at > 1));
  });

  test("pauses what plays, while a jump plays on from there", () => {
    const { playback } = playing();
    playback.play();
    playback.seek(10);
    expect(playback.state).toMatchObject({ playing: true, position: 10 });
    playback.stepEvent(1);
    expect(playback.state).toMatchObject({ playing: false, position: 11 });
  });

  test("by time ends at the event that is due then", () => {
    const { playback } = playing();
    for (const position of [1, 12, 33, tape.length]) {
      playback.seekMs(playback.dueOf(position));
      expect(playback.dueOf(playback.state.position)).toBe(playback.dueOf(position));
    }
    playback.seekMs(1e9);
    expect(playback.state.position).toBe(tape.length);
    playback.seekMs(Number.NaN);
    expect(playback.state.position).toBe(0);
  });

  test("moves the timeline once a frame, to the last place asked for", () => {
    const frames: (() => void)[] = [];
    const { timeline, playback } = playing({ schedule: (work) => frames.push(work) });
    const seen: number[] = [];
    timeline.subscribe((snapshot) => seen.push(snapshot.at));
    for (const position of [5, 9, 14]) playback.seek(position);
    expect(playback.state.position).toBe(14);
    frames.shift()?.();
    expect(frames).toHaveLength(0);
    expect(seen).toEqual([0, 14]);
  });
});

describe("in a live lab", () => {
  test("follows the end until one looks back, and the tape grows meanwhile", () => {
    const { timeline, playback } = playing({ live: true }, tape.slice(0, 30));
    expect(playback.state).toMatchObject({ live: true, position: 30, head: 30 });
    timeline.add(tape.slice(30, 40));
    expect(playback.state).toMatchObject({ live: true, position: 40, head: 40 });
    playback.stepEvent(-1);
    timeline.add(tape.slice(40));
    expect(playback.state).toMatchObject({ live: false, position: 39, head: tape.length });
    expect(timeline.snapshot.at).toBe(39);
    playback.goLive();
    expect(playback.state).toMatchObject({ live: true, position: tape.length });
    expect(timeline.snapshot.live).toBe(true);
  });

  test("is live again when playing, stepping or dragging reaches the end", () => {
    const { clock, timeline, playback, ends } = playing({ live: true });
    playback.toStart();
    playback.play();
    clock.passes(500);
    expect(playback.state).toMatchObject({ live: false, playing: true });
    ends();
    expect(playback.state).toMatchObject({ live: true, playing: false });
    playback.stepEvent(-1);
    expect(timeline.snapshot.live).toBe(false);
    playback.stepEvent(1);
    expect(timeline.snapshot.live).toBe(true);
    playback.seekMs(10);
    playback.seekMs(playback.state.lengthMs);
    expect(playback.state.live).toBe(true);
  });

  test("drops a jump that waits for its frame when one goes back to live", () => {
    const frames: (() => void)[] = [];
    const { timeline, playback } = playing({ live: true, schedule: (work) => frames.push(work) });
    playback.seek(3);
    playback.goLive();
    frames.shift()?.();
    expect(timeline.snapshot).toMatchObject({ live: true, at: tape.length });
  });
});

test("tells each change to who listens, until they leave", () => {
  const { playback } = playing();
  const seen: number[] = [];
  const leave = playback.subscribe((state) => seen.push(state.position));
  playback.seek(4);
  leave();
  playback.seek(5);
  expect(seen).toEqual([0, 4]);
});

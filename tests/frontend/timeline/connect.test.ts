import { expect, test } from "vitest";

import type { Hello } from "@/events/generated";
import { Live } from "@/source/live";
import { Recording } from "@/source/recording";
import type { SourceState } from "@/source/source";
import { fold } from "@/scene/reduce";
import { connect } from "@/timeline/connect";
import { Timeline } from "@/timeline/timeline";

import { FakeClock, FakeOutside } from "../source/world";
import { story } from "../tapes/golden";

const tape = story();
const atOnce = (): Timeline => new Timeline((work) => work());

test("a live lab and a recording of it give the same scene", () => {
  const outside = new FakeOutside();
  const watched = atOnce();
  connect(new Live({ socket: "/ws/", events: "/events" }, outside), watched);
  outside.last.hello(tape.length);
  outside.last.tells(tape);

  const clock = new FakeClock();
  const recording = new Recording(tape, {}, clock);
  const played = atOnce();
  connect(recording, played);
  clock.passes(recording.lengthMs);

  expect(watched.snapshot.scene).toEqual(played.snapshot.scene);
  expect(watched.snapshot.scene).toEqual(fold(tape));
});

test("the past of a live lab is shown as it is, and what comes then is played", () => {
  const outside = new FakeOutside();
  const timeline = atOnce();
  const seen: (SourceState | Hello)[] = [];
  const watch = {
    state: (state: SourceState) => seen.push(state),
    hello: (hello: Hello) => seen.push(hello),
  };
  const leave = connect(new Live({ socket: "/ws/", events: "/events" }, outside), timeline, watch);
  outside.last.hello(20);
  outside.last.tells(tape.slice(0, 20));
  expect(timeline.snapshot.jumped).toBe(true);
  outside.last.tells(tape.slice(20, 21));
  expect(timeline.snapshot.jumped).toBe(false);
  leave();
  expect(seen.map((each) => ("kind" in each ? each.kind : each.role))).toEqual([
    "connecting",
    "owner",
    "open",
    "closed",
  ]);
});

test("a recording that begins again begins with an empty stage", () => {
  const clock = new FakeClock();
  const recording = new Recording(tape, { loop: true, restMs: 100 }, clock);
  const timeline = atOnce();
  connect(recording, timeline);
  clock.passes(recording.lengthMs);
  expect(timeline.snapshot.scene.builds).toHaveLength(2);
  clock.passes(100);
  expect(timeline.snapshot.scene.builds).toHaveLength(0);
  clock.passes(recording.lengthMs);
  expect(timeline.snapshot.scene).toEqual(fold(tape));
});

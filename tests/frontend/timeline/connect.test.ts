import { expect, test } from "vitest";

import type { Hello } from "@/events/generated";
import { Live } from "@/source/live";
import type { SourceState } from "@/source/source";
import { fold } from "@/scene/reduce";
import { connect } from "@/timeline/connect";
import { Playback } from "@/timeline/playback";
import { Timeline } from "@/timeline/timeline";

import { FakeOutside } from "../source/world";
import { story } from "../tapes/golden";

const tape = story();
const atOnce = (): Timeline => new Timeline((work) => work());

test("a live lab and a recording of it give the same scene", () => {
  const outside = new FakeOutside();
  const watched = atOnce();
  connect(new Live({ socket: "/ws/", events: "/events" }, outside), watched);
  outside.last.hello(tape.length);
  outside.last.tells(tape);

  const played = atOnce();
  played.add(tape);
  new Playback(played, { schedule: (work) => work() }).toEnd();

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

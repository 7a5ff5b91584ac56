import { describe, expect, test } from "vitest";

import { NotARecording, readTape, Recording, type Playing } from "@/source/recording";
import { CommandFailed } from "@/source/source";

import { story } from "../tapes/golden";
import { FakeClock, FakeSink } from "./world";

const tape = story();

function player(playing: Partial<Playing> = {}): {
  clock: FakeClock;
  sink: FakeSink;
  recording: Recording;
} {
  const clock = new FakeClock();
  const sink = new FakeSink();
  const recording = new Recording(tape, playing, clock);
  recording.open(sink);
  return { clock, sink, recording };
}

describe("a recording", () => {
  test("gives its events at the pace they were recorded", () => {
    const { clock, sink } = player({ longestPauseMs: Infinity });
    const at = tape[9]?.at_ms ?? 0;
    clock.passes(at);
    expect(sink.head).toBe(tape.filter((event) => event.at_ms <= at).length);
    clock.passes(tape.at(-1)?.at_ms ?? 0);
    expect(sink.tape.events).toEqual(tape);
    expect(sink.kinds).toEqual(["open", "ended"]);
  });

  test("shortens long pauses", () => {
    const { clock, sink, recording } = player({ longestPauseMs: 100 });
    expect(recording.lengthMs).toBeLessThan((tape.at(-1)?.at_ms ?? 0) / 3);
    clock.passes(recording.lengthMs);
    expect(sink.head).toBe(tape.length);
  });

  test("stands still while it is paused and goes on where it was", () => {
    const { clock, sink, recording } = player();
    clock.passes(1600);
    const head = sink.head;
    recording.pause();
    clock.passes(600_000);
    expect(sink.head).toBe(head);
    expect(recording.elapsedMs).toBe(1600);
    recording.play();
    clock.passes(recording.lengthMs - 1600);
    expect(sink.kinds).toEqual(["open", "paused", "open", "ended"]);
    expect(sink.tape.events).toEqual(tape);
  });

  test("runs faster and slower, from the moment it is told to", () => {
    const { clock, sink, recording } = player();
    clock.passes(1000);
    recording.speed = 4;
    clock.passes((recording.lengthMs - 1000) / 4 - 1);
    expect(sink.head).toBeLessThan(tape.length);
    clock.passes(1);
    expect(sink.head).toBe(tape.length);
  });

  test("begins again after its end when it is told to, from nothing", () => {
    const { clock, sink, recording } = player({ loop: true, restMs: 3000 });
    clock.passes(recording.lengthMs + 2999);
    expect([sink.head, sink.restarts]).toEqual([tape.length, 0]);
    clock.passes(1);
    expect(sink.restarts).toBe(1);
    clock.passes(recording.lengthMs);
    expect(sink.tape.events).toEqual(tape);
  });

  test("plays from its beginning when it is played after its end", () => {
    const { clock, sink, recording } = player();
    clock.passes(recording.lengthMs);
    recording.play();
    expect(sink.restarts).toBe(1);
    expect(recording.isPlaying).toBe(true);
  });

  test("waits for play when it is told to, and can show its end without moving", () => {
    const { clock, sink, recording } = player({ autoplay: false });
    clock.passes(600_000);
    expect([sink.head, ...sink.kinds]).toEqual([0, "paused"]);
    recording.skipToEnd();
    expect(sink.tape.events).toEqual(tape);
    expect(recording.isPlaying).toBe(false);
  });

  test("is silent once closed, also when it would have begun again", () => {
    const { clock, sink, recording } = player({ loop: true });
    clock.passes(recording.lengthMs + 10);
    recording.close();
    clock.passes(600_000);
    recording.play();
    expect(sink.restarts).toBe(0);
  });

  test("carries out no command", async () => {
    const { recording } = player();
    const refused = recording.send({ type: "container.stop", container: "a" });
    await expect(refused).rejects.toBeInstanceOf(CommandFailed);
  });
});

describe("a tape in JSON lines", () => {
  const lines = tape.map((event) => JSON.stringify(event));

  test("is read as it was written, blank lines passed over", () => {
    expect(readTape(`${lines.join("\n\n")}\n`)).toEqual(tape);
  });

  test("is numbered from 1, also when it is a part of one", () => {
    const part = readTape(lines.slice(10, 15).join("\n"));
    expect(part.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test.each([
    ["", 0],
    ["\n\n", 0],
    [`${lines[0]}\nnonsense`, 2],
    ["[]", 1],
    ['{"type":"lab.opened"}', 1],
    ['{"seq":1.5,"type":"lab.opened"}', 1],
  ])("is refused with its line when it is none: %j", (text, line) => {
    expect(() => readTape(text)).toThrow(NotARecording);
    expect(() => readTape(text)).toThrow(expect.objectContaining({ line }));
  });

  test("keeps the place of an event that is not as the vocabulary says, and none of its fields", () => {
    const bad = { v: 1, seq: 1, at_ms: 0, type: "build.planned", build: 1, steps: "none" };
    expect(readTape(JSON.stringify(bad))).toEqual([{ v: 1, seq: 1, at_ms: 0, type: "malformed" }]);
  });

  test("may hold what a newer site will say", () => {
    const event = { v: 1, seq: 1, at_ms: 0, type: "volume.created", volume: "data" };
    expect(readTape(JSON.stringify(event))).toEqual([event]);
  });
});

import { describe, expect, it } from "vitest";

import { newMilestones } from "@/view/transcript/announce";
import { clock, logOf, TranscriptLog } from "@/view/transcript/log";

import { halfPushed } from "../../tapes/registry";
import { buildTape, failingTape, hex, measuredTape, Tape } from "../stage/tape";

describe("the transcript", () => {
  it("has an entry for every event of a build", () => {
    const { events } = buildTape();
    expect(new TranscriptLog(events).upTo(events.length)).toHaveLength(events.length);
  });

  it("gathers what one command prints in one entry that says the newest", () => {
    const tape = buildTape(3).add({ type: "step.started", build: 1, step: 4 });
    const before = new TranscriptLog(tape.events).upTo(tape.events.length).length;
    for (const text of ["one\n", "two\n", "three\n"]) {
      tape.add({ type: "step.output", build: 1, step: 4, stream: "stdout", text });
    }
    const entries = new TranscriptLog(tape.events).upTo(tape.events.length);
    expect(entries).toHaveLength(before + 1);
    expect(entries.at(-1)).toMatchObject({ tone: "output", lastSeq: tape.events.length });
    expect(entries.at(-1)?.text).toContain("three");
  });

  it("has one entry for the measures in a row, with the newest of each container", () => {
    const tape = measuredTape();
    const entries = new TranscriptLog(tape.events).upTo(tape.events.length);
    const told = entries.filter((entry) => entry.text.includes("of a core"));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ tone: "output", lastSeq: tape.events.length });
    expect(told[0]?.text).toBe(
      "Container brave_otter uses 9 % of a core and 12 MiB of 64 MiB of memory, in 2 processes. " +
        "Container calm_heron uses 7 % of a core and 12 MiB of 64 MiB of memory, in 2 processes.",
    );
  });

  it("is not cut up by measures amid what a command prints", () => {
    const tape = measuredTape();
    const before = new TranscriptLog(tape.events).upTo(tape.events.length).length;
    for (const text of ["one\n", "two\n"]) {
      tape.add({ type: "container.output", container: hex("brave_otter"), stream: "stdout", text });
      tape.uses("brave_otter", 50);
    }
    const entries = new TranscriptLog(tape.events).upTo(tape.events.length);
    expect(entries).toHaveLength(before + 1);
    expect(entries.at(-1)?.text).toContain("two");
  });

  it("has one entry for a layer that moves, with how far it has come", () => {
    const { events } = halfPushed().tape;
    const more = events.at(-1);
    if (more?.type !== "transfer.progressed") throw new Error("a layer moves");
    const further = { ...more, seq: more.seq + 1, current: 12_000_000 };
    const before = new TranscriptLog(events).upTo(events.length);
    const after = new TranscriptLog([...events, further]).upTo(further.seq);
    expect(after).toHaveLength(before.length);
    expect(after.at(-1)).toMatchObject({ tone: "output", lastSeq: further.seq });
    expect(after.at(-1)?.text).toMatch(/is being sent: 12 MB of 21 MB/);
  });

  it("goes on where it was when the tape has grown", () => {
    const tape = buildTape(2);
    const log = logOf(tape.events);
    const early = log.upTo(tape.events.length).length;
    tape.add({ type: "build.cancelled", build: 1, reason: "asked for" });
    expect(logOf(tape.events)).toBe(log);
    expect(log.upTo(tape.events.length)).toHaveLength(early + 1);
  });

  it("shows at an earlier position only what had happened by then", () => {
    const { events } = buildTape();
    expect(logOf(events).upTo(3).at(-1)?.seq).toBe(3);
    expect(logOf(events).upTo(0)).toEqual([]);
  });
});

describe("what is read out", () => {
  it("is each milestone once, in order, and nothing of single steps", () => {
    const { events } = failingTape();
    const entries = new TranscriptLog(events).upTo(events.length);
    const read = newMilestones(entries, 1);
    expect(read).toHaveLength(3);
    expect(read[0]).toMatch(/^Build 1 of my-app:latest began/);
    expect(newMilestones(entries, events.length)).toEqual([]);
  });
});

describe("the time of an entry", () => {
  it.each([
    [5_000, "0:05"],
    [760_000, "12:40"],
    [10_931_000, "3:02:11"],
    [183_731_000, "2 d 3:02:11"],
    [-1, "0:00"],
  ])("%i ms reads %s", (ms, text) => {
    expect(clock(ms)).toBe(text);
  });
});

it("an empty tape has an empty transcript", () => {
  expect(new TranscriptLog(new Tape().events).upTo(9)).toEqual([]);
});

import { describe, expect, test } from "vitest";

import { explain, investigate, savedMs, type Case } from "@/scene/detective";
import { fold } from "@/scene/reduce";
import type { CacheVerdict, Scene } from "@/scene/types";

import { digest, file, TapeMaker, type BuildOrder, type Work } from "../tapes/maker";

type Order = Partial<BuildOrder> & { readonly work: readonly Work[] };

const from: Work = {
  text: "FROM alpine",
  makes: "base",
  layers: [{ digest: digest("a"), size: 9 }],
  cached: true,
};
const copy: Work = { text: "COPY . .", makes: "layer", reads: ["app.py", "list.txt"], ms: 20 };
const run: Work = { text: "RUN install", makes: "layer", ms: 3000 };
const cmd: Work = { text: "CMD app", makes: "config", ms: 0 };
const cached = (...works: Work[]): Work[] => works.map((work) => ({ ...work, cached: true }));
const files = (app: string) => [file("app.py", app), file("list.txt", "x")];

function built(...orders: Order[]): Scene {
  const tape = new TapeMaker().open();
  orders.forEach((order, at) => tape.build({ build: at + 1, files: files("1"), ...order }));
  return fold(tape.events);
}

function last(...orders: Order[]): Case {
  const scene = built(...orders);
  const build = scene.builds.at(-1);
  if (!build) throw new Error("there is a build");
  return investigate(scene, build);
}

describe("what the cache was worth", () => {
  test("is said of a first build", () => {
    expect(last({ work: [from, copy, run, cmd] }).summary).toEqual([
      "Only the base image was there already: what ran took 3 s.",
    ]);
  });

  test("is said of a first build whose base had to be fetched", () => {
    const fetched = { ...from, cached: false, ms: 1000 };
    expect(last({ work: [fetched, copy, run, cmd] }).summary[0]).toMatch(
      /^Nothing of it was there yet: what ran took \d+ s\.$/,
    );
  });

  test("is said of a build that changed nothing, with the seconds that were saved", () => {
    const work = [from, copy, run, cmd];
    expect(last({ work }, { work: cached(...work) }).summary).toEqual([
      "Everything came from the cache: nothing had changed.",
      "The cache saved 3 s.",
    ]);
  });

  test("names the step that broke it, why, and the seconds that it cost", () => {
    const work = [from, copy, run, cmd];
    const found = last({ work }, { work, files: files("2") });
    expect(found.summary).toEqual([
      "Step 2 broke the cache: app.py changed.",
      "Everything after it had to run: 3 s of the 3 s that the steps took.",
    ]);
  });

  test("counts as its cost only steps that nothing else made run", () => {
    const changed = { ...run, text: "RUN install more", ms: 500 };
    const slow: Work = { text: "RUN slow", makes: "layer", ms: 2000 };
    const found = last(
      { work: [from, copy, run, slow] },
      { work: [from, copy, changed, slow], files: files("2") },
    );
    expect(found.summary).toContain(
      "1 step that changed nothing had to run after it: 2 s of the 2.5 s that the steps took.",
    );
  });

  test("names further steps that broke it by themselves", () => {
    const stage = (number: number, text: string): Work[] => [
      { ...from, stage: number },
      { ...run, text, stage: number },
    ];
    const found = last(
      { work: [...stage(0, "RUN a"), ...stage(1, "RUN b")] },
      { work: [...stage(0, "RUN A"), ...stage(1, "RUN B")] },
    );
    expect(found.summary[0]).toBe(
      "Step 2 broke the cache: the instruction changed. So did step 4.",
    );
  });

  test("does not say that anything was broken where a result was lost", () => {
    const work = [from, ...cached(copy), run];
    expect(last({ work: [from, copy, run] }, { work }).summary[0]).toBe(
      "Step 3 was the first that had to run: nothing has changed, but the cache no longer has its result.",
    );
  });

  test("is not said while the build runs", () => {
    const tape = new TapeMaker().open();
    tape.build({ build: 1, files: files("1"), work: [from, copy, run] });
    const scene = fold(tape.events.slice(0, -1));
    const build = scene.builds[0];
    expect(build && investigate(scene, build).summary).toEqual([]);
  });
});

describe("the hint", () => {
  const again = (work: Work[]): Case => last({ work }, { work, files: files("2") });

  test("asks whether a later command needs the file, where other files stayed the same", () => {
    expect(again([from, copy, run, cmd]).hint).toMatch(/^Does step 3 need app\.py\? If not, copy/);
  });

  test("is not given where all that the step copies changed", () => {
    expect(again([from, { ...copy, reads: ["app.py"] }, run]).hint).toBeNull();
  });

  test("is not given where no command had to run after it", () => {
    expect(again([from, run, copy, cmd]).hint).toBeNull();
  });
});

describe("what was saved", () => {
  test("is what the step took when it last ran, however many builds ago", () => {
    const work = [from, copy, run];
    const scene = built({ work }, { work: cached(...work) }, { work: cached(...work) });
    const build = scene.builds[2];
    const step = build?.steps[2];
    expect(build && step && savedMs(scene, build, step)).toBe(3000);
  });

  test("is not told where no tape tells", () => {
    const scene = built({ work: cached(from, run) });
    const build = scene.builds[0];
    const step = build?.steps[1];
    expect(build && step && savedMs(scene, build, step)).toBeNull();
  });
});

test.each<[CacheVerdict, string]>([
  [{ kind: "first-build" }, "It ran because the cache had no result of it yet."],
  [
    { kind: "never-done", build: 2, failed: true },
    "It ran because it failed in build 2, and the cache keeps only what went well.",
  ],
  [
    { kind: "never-done", build: 2, failed: false },
    "It ran because build 2 did not get this far, so the cache had no result of it.",
  ],
  [
    { kind: "earlier-step", step: 3 },
    "It ran because step 3 ran: each step stands on the one before it.",
  ],
  [
    {
      kind: "argument-changed",
      changes: [
        { name: "A", before: null, after: "1" },
        { name: "B", before: "x", after: "y" },
      ],
    },
    "It ran because a build argument changed: A was not given and is “1” and B was “x” and is “y”.",
  ],
  [
    { kind: "instruction-changed", before: "RUN a", after: "RUN b" },
    "It ran because the instruction changed.",
  ],
  [
    { kind: "instruction-changed", before: "", after: "RUN b" },
    "It ran because this instruction is new here.",
  ],
  [
    { kind: "files-changed", added: ["c"], modified: ["a", "b"], deleted: [] },
    "It ran because files that it copies changed: a and b modified; c added.",
  ],
  [
    { kind: "gone" },
    "Nothing that the tape tells of has changed: the cache no longer has the result.",
  ],
  [{ kind: "unknown" }, "The tape does not tell why it ran."],
])("%o has its words", (verdict, words) => {
  expect(explain(verdict)).toBe(words);
});

test("a base image that is another one is not said to have run", () => {
  const step = built({ work: [from] }).builds[0]?.steps[0];
  expect(explain({ kind: "base-changed" }, step)).toBe(
    "Another base image than before: its name stands for other layers now.",
  );
});

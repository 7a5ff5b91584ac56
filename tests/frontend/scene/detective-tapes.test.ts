/**
 * The same builds on both engines, as `python -m tests.engine.detective` recorded them: the
 * detective finds the same in both tapes, and what is found is what was changed.
 */
import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { findings } from "@/scene/cache";
import { explain } from "@/scene/detective";
import { fold } from "@/scene/reduce";

const tapes = new URL("../tapes/detective/", import.meta.url);
const stories = readdirSync(new URL("embedded/", tapes)).map((name) => name.replace(".jsonl", ""));

function read(engine: "embedded" | "docker", story: string) {
  const text = readFileSync(new URL(`${engine}/${story}.jsonl`, tapes), "utf8");
  const events = text.trim().split("\n");
  return fold(events.map((line) => JSON.parse(line) as AnyEvent));
}

/** What is found about every step of every build. */
function allFindings(engine: "embedded" | "docker", story: string) {
  const scene = read(engine, story);
  return scene.builds.map((build) => [...findings(scene, build)]);
}

/** Of the last build, what is said of each step that the cache did not have. */
function said(story: string): string[] {
  const scene = read("docker", story);
  const build = scene.builds.at(-1);
  if (!build) throw new Error("the story has a build");
  return build.steps.flatMap((step) => {
    const verdict = findings(scene, build).get(step.step)?.verdict;
    if (!verdict || verdict.kind === "cached" || verdict.kind === "unknown") return [];
    return [`${step.step}: ${explain(verdict, step)}`];
  });
}

test("every story was played on both engines", () => {
  const names = readdirSync(new URL("docker/", tapes)).map((name) => name.replace(".jsonl", ""));
  expect(names.sort()).toEqual(stories.sort());
  expect(stories.length).toBeGreaterThan(30);
});

test.each(stories)("the detective finds the same on both engines: %s", (story) => {
  expect(allFindings("docker", story)).toEqual(allFindings("embedded", story));
});

test.each(stories)("nothing of it is left unexplained: %s", (story) => {
  const kinds = allFindings("docker", story)
    .flat()
    .map(([, { verdict }]) => verdict.kind);
  expect(kinds).not.toContain("gone");
});

const after = (step: number, from: number, to: number): string[] =>
  Array.from(
    { length: to - from + 1 },
    (_, at) =>
      `${from + at}: It ran because step ${step} ran: each step stands on the one before it.`,
  );
const FILES = "It ran because files that it copies changed";

describe("it is found that", () => {
  test.each<[string, string[]]>([
    ["unchanged", []],
    ["argument-unseen", []],
    ["argument-same-value", []],
    ["file-and-back", []],
    ["file", [`5: ${FILES}: app.py modified.`, ...after(5, 6, 8)]],
    ["add", [`2: ${FILES}: a.txt modified.`, ...after(2, 3, 3)]],
    [
      "mounted-file",
      ["4: It ran because files that it mounts changed: a.txt modified.", ...after(4, 5, 5)],
    ],
    [
      "ignored-now",
      [`5: ${FILES}: .dockerignore added; notes.md no longer there.`, ...after(5, 6, 8)],
    ],
    ["stage", [`5: ${FILES}: b.txt modified.`, ...after(5, 6, 6), ...after(5, 9, 10)]],
    ["stage-same-result", [`2: ${FILES}: a.txt modified.`, ...after(2, 3, 3)]],
    ["stage-put-in", []],
    ["environment", ["3: It ran because the instruction changed.", ...after(3, 4, 7)]],
    [
      "environment-behind-a-copy",
      ["2: It ran because the instruction changed.", ...after(2, 4, 7)],
    ],
    [
      "environment-taken-out",
      [
        "3: It ran because a line that stood before it is there no more: ENV V=1.",
        ...after(3, 4, 6),
      ],
    ],
    [
      "label",
      ["2: It ran because this instruction is new here.", ...after(2, 3, 3), ...after(2, 6, 7)],
    ],
    [
      "argument-before-from",
      [
        "1: Another base image than before: a build argument changed: BASE was “busybox” and is “alpine”.",
        ...after(1, 2, 2),
      ],
    ],
    [
      "base",
      [
        "1: Another base image than before: its name stands for other layers now.",
        ...after(1, 2, 3),
      ],
    ],
    [
      "lines-swapped",
      [
        "2: It ran because a line that stood before it is there no more: RUN echo a > /a.",
        "3: It ran because the instruction was moved: it was step 2, and each step stands on the one before it.",
        ...after(2, 4, 4),
      ],
    ],
  ])("%s", (story, sentences) => {
    expect(said(story)).toEqual(sentences);
  });

  test("an argument that a RUN could see made it run, though its text does not name it", () => {
    expect(said("argument")).toContain(
      "4: It ran because a build argument changed: V was “default” and is “given”.",
    );
  });
});

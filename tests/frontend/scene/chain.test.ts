/** The steps that an image stands on, also of plans that nobody would write. */
import { expect, test } from "vitest";

import { fold } from "@/scene/reduce";
import { chainOfStep } from "@/scene/select";

import type { AnyEvent, PlannedStep } from "@/events/generated";
import type { Build } from "@/scene/types";

const stage = (step: number, needs: readonly number[]): PlannedStep => ({
  step,
  stage: step,
  stage_name: null,
  instruction: "FROM",
  text: "FROM before",
  line_start: 1,
  line_end: 1,
  makes: "base",
  needs: [...needs],
  reads: [],
  skipped: false,
});

function planned(steps: readonly PlannedStep[]): Build {
  const started: AnyEvent = {
    v: 1,
    seq: 1,
    at_ms: 0,
    type: "build.started",
    build: 1,
    tag: "a",
    dockerfile: "",
    files: [],
    args: {},
    target: null,
    no_cache: false,
  };
  const plan: AnyEvent = { ...started, seq: 2, type: "build.planned", steps: [...steps] };
  const [build] = fold([started, plan]).builds;
  if (!build) throw new Error("there is a build");
  return build;
}

const numbers = (build: Build, step: number): readonly number[] =>
  chainOfStep(build, step).map((each) => each.step);

test("stages that begin with one another in a circle end", () => {
  const circle = planned([stage(1, [2]), stage(2, [1]), stage(3, [3, -1, 2])]);
  expect(numbers(circle, 3)).toEqual([1, 2, 3]);
});

test("however many stages stand on one another, each is there once", () => {
  const many = Array.from({ length: 20_000 }, (_, at) => stage(at + 1, at > 0 ? [at] : []));
  expect(numbers(planned(many), 20_000)).toEqual(many.map(({ step }) => step));
});

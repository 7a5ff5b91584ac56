import { describe, expect, it } from "vitest";

import { fold } from "@/scene/reduce";
import { duration } from "@/scene/words";
import { buildWords, isUnderWay, newestBuild, stepMs, stepToFollow } from "@/view/steps/steps";

import { failing, multistage, story } from "../../tapes/golden";

const upTo = (events: ReturnType<typeof story>, type: string) =>
  fold(events.slice(0, events.findIndex((event) => event.type === type) + 1));

describe("how a build stands", () => {
  it("is said while it runs and when it is built", () => {
    const running = newestBuild(upTo(story(), "step.finished").builds);
    expect(isUnderWay(running)).toBe(true);
    expect(running && buildWords(running, duration)).toMatch(/^Building: \d of \d steps done\.$/);
    const steps = story().slice(
      0,
      story().findIndex(({ type }) => type === "image.built"),
    );
    const reading = newestBuild(fold(steps).builds);
    expect(reading && buildWords(reading, duration)).toMatch(
      /^Building: \d steps done, reading the layers…$/,
    );
    const built = newestBuild(upTo(story(), "image.built").builds);
    expect(isUnderWay(built)).toBe(false);
    expect(built && buildWords(built, duration)).toMatch(/^Built in .*; \d of \d steps came from/);
  });

  it("is said when it failed, with what happened", () => {
    const build = newestBuild(upTo(failing(), "build.failed").builds);
    expect(build && buildWords(build, duration)).toBe(`Failed: ${build?.message}`);
  });

  it("counts only the steps that the target needs", () => {
    const build = newestBuild(fold(multistage()).builds);
    const skipped = build?.steps.filter((step) => step.state === "skipped").length ?? 0;
    expect(build && buildWords(build, duration)).toContain(
      `of ${(build?.steps.length ?? 0) - skipped} steps`,
    );
  });

  it("is said for a build that waits", () => {
    const scene = fold([{ v: 1, seq: 1, at_ms: 0, type: "build.queued", build: 1, position: 3 }]);
    const build = newestBuild(scene.builds);
    expect(build && buildWords(build, duration)).toBe("Waiting: 2 builds wait before yours.");
  });
});

describe("a step", () => {
  it("that runs grows older; one that is done keeps its time", () => {
    const scene = upTo(story(), "step.started");
    const running = scene.builds[0]?.steps.find((step) => step.state === "running");
    expect(running && stepMs(running, scene.atMs + 1500)).toBe(1500);
    const done = fold(story()).builds[0]?.steps.find((step) => step.state === "done");
    expect(done && stepMs(done, 1e9)).toBe(done?.durationMs);
  });

  it("that waits has no time yet", () => {
    const waiting = upTo(story(), "build.planned").builds[0]?.steps[0];
    expect(waiting && stepMs(waiting, 100)).toBeNull();
  });

  it("is followed while it runs, and when it failed", () => {
    const running = upTo(story(), "step.started").builds[0];
    expect(running && stepToFollow(running)).toBe(
      running?.steps.find((step) => step.state === "running")?.step,
    );
    const failed = fold(failing()).builds[0];
    expect(failed && stepToFollow(failed)).toBe(
      failed?.steps.find((step) => step.state === "failed")?.step,
    );
    const built = fold(story()).builds[0];
    expect(built && stepToFollow(built)).toBeNull();
  });
});

it("there is no newest build before the first", () => {
  expect(newestBuild([])).toBeNull();
  expect(isUnderWay(null)).toBe(false);
});

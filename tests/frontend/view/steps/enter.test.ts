// @vitest-environment jsdom
import { describe, expect, it } from "vitest";

import { CommandFailed, problem } from "@/source/source";
import { canBeEntered, enter, reasonAgainstEntering } from "@/view/steps/enter";

import { Deferred } from "../clock";
import { opened } from "../lab/opened";

function built(role: "owner" | "watcher" = "owner") {
  const { site, lab, play, build, maker } = opened(role);
  build();
  play();
  const [first] = lab.scene.builds;
  if (!first) throw new Error("there is a build");
  return { site, lab, play, maker, first };
}

describe("entering a step", () => {
  it("asks for the container and opens its shell", async () => {
    const { site, lab } = built();
    site.held = new Deferred();
    const entering = enter(lab, 1, 2);
    expect(lab.commander.busy.has("enter:1:2")).toBe(true);
    expect(lab.commander.history.at(-1)?.line).toMatch(/^head -n 2 Dockerfile \| docker build /);
    site.held.resolve({ container: "c1", started: true });
    await entering;
    expect(site.commands).toEqual([{ type: "step.enter", build: 1, step: 2 }]);
    expect(lab.shells.wanted.has("c1")).toBe(true);
    expect(lab.panes.c1).toBe("shell");
  });

  it("says what to do with an image that has no shell", async () => {
    const { site, lab } = built();
    site.held = new Deferred();
    const entering = enter(lab, 1, 2);
    site.held.resolve({ container: "c1", started: false });
    await entering;
    expect(lab.shells.wanted.has("c1")).toBe(false);
    expect(lab.selected).toEqual({ kind: "container", id: "c1" });
    expect(lab.commander.notices).toMatchObject([
      { place: "container:c1", problem: { title: expect.stringContaining("no shell") } },
    ]);
  });

  it("says so when the step is not as it was", async () => {
    const { site, lab } = built();
    site.held = new Deferred();
    const entering = enter(lab, 1, 2);
    site.held.resolve({ container: "c1", started: true, same: false });
    await entering;
    expect(lab.shells.wanted.has("c1")).toBe(true);
    expect(lab.commander.notices).toMatchObject([
      { place: "container:c1", problem: { title: expect.stringContaining("made anew") } },
    ]);
  });

  it("that is refused says why beside the build", async () => {
    const { site, lab } = built();
    site.refusal = new CommandFailed(problem("build-files-gone", "They are gone.", "why", "try"));
    await enter(lab, 1, 2);
    expect(lab.selected).toBeNull();
    expect(lab.commander.notices).toMatchObject([
      { place: "build", problem: { title: "They are gone." } },
    ]);
  });

  it("is for steps that came to their end", () => {
    const { first } = built();
    const [step] = first.steps;
    if (!step) throw new Error("the build has steps");
    const states = [
      "waiting",
      "running",
      "cached",
      "done",
      "failed",
      "skipped",
      "stopped",
    ] as const;
    expect(states.filter((state) => canBeEntered({ ...step, state }))).toEqual(["cached", "done"]);
  });

  it("is off with a reason for watchers, in the past, while it builds and without a connection", () => {
    const { lab, first, maker, play } = built();
    expect(reasonAgainstEntering(lab, first)).toBeNull();
    expect(reasonAgainstEntering(lab, { ...first, state: "running" })).toMatch(/has ended/);
    const watched = built("watcher");
    expect(reasonAgainstEntering(watched.lab, watched.first)).toMatch(/watching/);
    lab.connectionIs({ kind: "reconnecting", attempt: 1, waitMs: 10, problem: null });
    expect(reasonAgainstEntering(lab, first)).toMatch(/Not connected/);
    lab.connectionIs({ kind: "open" });
    maker.wait(10);
    play();
    lab.playback.seek(1);
    expect(lab.past).toBe(true);
    expect(reasonAgainstEntering(lab, first)).toMatch(/past/);
  });
});

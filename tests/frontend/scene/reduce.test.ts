import { readdirSync, readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { MOST_CHARACTERS, MOST_CHUNKS, textOf } from "@/scene/output";
import { emptyScene, fold, reduce } from "@/scene/reduce";
import type { Scene } from "@/scene/types";
import { readRecording } from "@/source/file";

import { failing, GOLDEN, limits, measured, multistage, starter, story } from "../tapes/golden";
import { digest, file, hex, TapeMaker } from "../tapes/maker";
import { arbitraryTape } from "./arbitrary";
import { check } from "./check";

const folder = new URL("../../tapes/", import.meta.url);
const recorded = readdirSync(folder)
  .filter((name) => name.endsWith(".jsonl"))
  .map(
    (name) => [name, readRecording(readFileSync(new URL(name, folder), "utf8")).events] as const,
  );
const made = Object.entries(GOLDEN).map(([name, make]) => [name, make()] as const);

function prefixes(tape: readonly AnyEvent[]): Scene[] {
  let scene = emptyScene();
  return tape.map((event) => (scene = reduce(scene, event)));
}

describe.each([...recorded, ...made])("the tape %s", (_name, tape) => {
  test("gives a valid scene at every position", () => {
    for (const scene of prefixes(tape)) expect(check(scene)).toEqual([]);
  });

  test("gives the same scene when it is folded twice", () => {
    expect(fold(tape)).toEqual(fold(tape));
  });

  test("never changes a scene that was given out before", () => {
    const scenes = prefixes(tape);
    const copies = scenes.map((scene) => structuredClone(scene));
    fold(tape);
    expect(scenes).toEqual(copies);
  });
});

describe("any tape at all", () => {
  test("gives a valid scene at every position", () => {
    fc.assert(
      fc.property(arbitraryTape, (tape) => {
        for (const scene of prefixes(tape)) expect(check(scene)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("folds to the same scene in one go and in two", () => {
    fc.assert(
      fc.property(arbitraryTape, fc.nat({ max: 60 }), (tape, at) => {
        const inTwo = fold(tape.slice(at), fold(tape.slice(0, at)));
        expect(inTwo).toEqual(fold(tape));
      }),
    );
  });
});

test("an event of a type that is not known moves the position and nothing else", () => {
  const scene = fold(story());
  const event = { v: 1, seq: scene.seq + 1, at_ms: scene.atMs + 5, type: "volume.created" };
  const next = reduce(scene, event as never);
  expect(next).toEqual({ ...scene, seq: event.seq, atMs: event.at_ms });
});

test("what an event does not touch keeps its identity", () => {
  const tape = story();
  const at = tape.findIndex((event) => event.type === "container.changed");
  const before = fold(tape.slice(0, at));
  const after = reduce(before, tape[at] as AnyEvent);
  expect(after.images).toBe(before.images);
  expect(after.builds).toBe(before.builds);
  expect(after.containers[1]).toBe(before.containers[1]);
  expect(after.containers[0]).not.toBe(before.containers[0]);
});

describe("what a container uses", () => {
  const tape = measured();
  const until = (type: AnyEvent["type"]) =>
    fold(
      tape.slice(
        0,
        tape.findLastIndex((event) => event.type === type),
      ),
    );

  test("is the newest measure, and is known only while it runs", () => {
    const [resting, working] = fold(tape).containers;
    expect(until("container.exited").measures[working?.id ?? ""]).toEqual({
      cpuPercent: 99.6,
      memory: 66_060_288,
      memoryLimit: 67_108_864,
      pids: 3,
    });
    const ended = until("container.started");
    expect(Object.keys(ended.measures)).toEqual([resting?.id]);
    const late = { ...tape.find((event) => event.type === "container.measured"), seq: 99 };
    expect(reduce(ended, { ...late, container: working?.id } as AnyEvent).measures).toBe(
      ended.measures,
    );
  });

  test("changes nothing else, so that nothing else is drawn anew for it", () => {
    const at = tape.findIndex((event) => event.type === "container.measured");
    const before = fold(tape.slice(0, at));
    const after = reduce(before, tape[at] as AnyEvent);
    const { measures, seq, atMs } = after;
    expect(measures).not.toBe(before.measures);
    expect(after).toEqual({ ...before, measures, seq, atMs });
    expect(after.containers).toBe(before.containers);
  });
});

describe("a build", () => {
  test("that fails stops the step that ran and keeps what happened, why and what to try", () => {
    const [failed, mended] = fold(failing()).builds;
    expect(failed?.state).toBe("failed");
    expect(failed?.steps.map((step) => step.state)).toEqual([
      "done",
      "done",
      "failed",
      "waiting",
      "waiting",
    ]);
    expect(failed?.steps[2]).toMatchObject({ exitCode: 1, diagnosis: { code: "no-such-file" } });
    expect(mended?.state).toBe("built");
    expect(mended?.steps.map((step) => step.state).slice(0, 3)).toEqual([
      "cached",
      "cached",
      "done",
    ]);
  });

  test("that fails in one stage stops what still ran in another", () => {
    const tape = new TapeMaker().open();
    tape.build({ build: 1, files: [], work: starter("x"), cancelAfterStep: 1 });
    const running = tape.events.slice(0, -1).filter((event) => event.type !== "step.finished");
    const end = { ...tape.last, type: "build.failed", message: "no", diagnosis: null } as AnyEvent;
    expect(fold([...running, end]).builds[0]?.steps[0]?.state).toBe("stopped");
  });

  test("that is cancelled marks the running step stopped", () => {
    const tape = new TapeMaker().open();
    tape.build({ build: 1, files: [], work: starter("x"), cancelAfterStep: 1 });
    const cut = tape.events.slice(0, -1).filter((event) => event.type !== "step.finished");
    const scene = fold([...cut, tape.last]);
    expect(scene.builds[0]?.state).toBe("cancelled");
    expect(scene.builds[0]?.steps[0]?.state).toBe("stopped");
  });

  test("leaves the steps that no needed stage contains out", () => {
    const build = fold(multistage()).builds[0];
    expect(
      build?.steps.filter((step) => step.state === "skipped").map((step) => step.step),
    ).toEqual([5, 6]);
  });

  test("keeps what its steps have done when its plan grows", () => {
    const tape = new TapeMaker().open();
    tape.build({ build: 1, files: [], work: starter("x"), cancelAfterStep: 2 });
    const running = tape.events.slice(0, -1);
    const plan = running.find((event) => event.type === "build.planned");
    if (plan?.type !== "build.planned") throw new Error("the tape has a plan");
    const trigger = {
      ...plan.steps[3],
      step: 7,
      text: "RUN echo trigger",
    } as (typeof plan.steps)[0];
    const longer = { ...plan, seq: running.length + 1, steps: [...plan.steps, trigger] };
    const steps = fold([...running, longer]).builds[0]?.steps ?? [];
    expect(steps).toHaveLength(7);
    expect(steps[1]?.state).toBe("done");
    expect(steps[6]?.state).toBe("waiting");
  });
});

describe("an image", () => {
  test("gives its tag to the next one that is built with it", () => {
    const images = fold(story()).images;
    expect(images.map((image) => image.tags)).toEqual([
      [],
      ["my-app:with-note"],
      ["my-app:latest"],
    ]);
  });

  test("that is built again from the cache is the same one, in its place", () => {
    const tape = new TapeMaker().open();
    const files = [file("app.py", "x")];
    tape.build({ build: 1, files, work: starter("x") });
    tape.build({ build: 2, files, work: starter("x", 9) });
    const scene = fold(tape.events);
    expect(scene.images).toHaveLength(1);
    expect(scene.images[0]).toMatchObject({ build: 2, tags: ["my-app:latest"] });
  });

  test("shares its layers with others: each is known once, by who made it first", () => {
    const scene = fold(story());
    const layer = scene.layers[digest("workdir")];
    expect(layer).toMatchObject({ build: 1, step: 2, text: "WORKDIR /app" });
    const used = scene.images.filter((image) => image.layers.includes(digest("workdir")));
    expect(used).toHaveLength(3);
  });

  test("that is committed has the container's layer on top", () => {
    const image = fold(story()).images[1];
    expect(image?.committedFrom).toBe(hex("container calm_turing"));
    expect(fold(story()).layers[image?.layers.at(-1) ?? ""]).toMatchObject({
      instruction: "COMMIT",
      size: 6,
      text: "docker commit calm_turing",
    });
  });
});

describe("a container", () => {
  test("keeps its changes when it is stopped and started again", () => {
    const tape = story();
    const again = tape.findLastIndex(
      (event) =>
        event.type === "container.started" && event.container === hex("container calm_turing"),
    );
    const container = fold(tape.slice(0, again + 1)).containers[0];
    expect(container).toMatchObject({ state: "running", starts: 2, writableSize: 6 });
    expect(container?.changes.map((change) => change.path)).toEqual(["/app/note.txt"]);
  });

  test("that is removed takes its execs with it", () => {
    const scene = fold(story());
    expect(scene.containers.map((container) => container.name)).not.toContain("calm_turing");
    expect(scene.execs).toEqual({});
  });

  test("that is lost says so", () => {
    const tape = limits();
    const restored = tape.findIndex((event) => event.type === "engine.restored");
    const before = fold(tape.slice(0, restored));
    expect(before.engineLost).toBe(true);
    expect(before.containers[0]).toMatchObject({ state: "exited", exitReason: "lost" });
    expect(fold(tape).engineLost).toBe(false);
  });
});

describe("output", () => {
  const chatter = (chunks: number, text: string): Scene => {
    const tape = new TapeMaker().open();
    tape.build({ build: 1, files: [], work: starter("x") });
    const id = tape.container("chatty", digest("any"));
    for (let index = 0; index < chunks; index += 1) tape.says(id, text);
    return fold(tape.events);
  };

  test("keeps the newest chunks and counts those left out", () => {
    const output = chatter(MOST_CHUNKS + 25, "line\n").containers[0]?.output;
    expect(output?.chunks).toHaveLength(MOST_CHUNKS);
    expect(output?.dropped).toBe(25);
  });

  test("is bounded in characters too", () => {
    const output = chatter(3, "x".repeat(MOST_CHARACTERS - 10)).containers[0]?.output;
    expect(output && textOf(output).length).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(output?.dropped).toBe(2);
  });

  test("that a limit cut says so, and so does a notice", () => {
    const tape = limits();
    const at = tape.findIndex((event) => event.type === "output.truncated");
    const scene = fold(tape.slice(0, at + 1));
    expect(scene.containers[0]?.output.truncated).toBe(true);
    expect(scene.notices.at(-1)?.text).toBe(
      "Some output of container loud was left out: up to 256 KiB of output is kept.",
    );
  });
});

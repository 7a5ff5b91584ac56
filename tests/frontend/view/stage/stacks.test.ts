import { describe, expect, it } from "vitest";

import type { Build, Image } from "@/scene/types";
import { slabName } from "@/view/stage/slab";
import { stackOfImage, stacksOfBuild } from "@/view/stage/stacks";

import {
  buildTape,
  containersTape,
  digest,
  DOCKER,
  failingTape,
  hex,
  lastScene,
  plan,
  stagesTape,
  Tape,
} from "./tape";

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("there is none");
  return item;
}

/** A build on a base image of two layers, as the embedded engine's `python:` images are. */
function manyLayeredTape(): Tape {
  const tape = new Tape().open();
  const steps = plan(["FROM python:3.12-slim", "COPY app.py ."]);
  tape.start(1, steps);
  tape.add({ type: "step.started", build: 1, step: 1 });
  for (const [name, size] of [
    ["system", 3],
    ["python", 4],
  ] as const) {
    const fact = { layer: digest(name), size, added: 1, modified: 0, deleted: 0, cached: false };
    tape.add({ type: "layer.created", build: 1, step: 1, ...fact });
  }
  tape.add({ type: "step.finished", build: 1, step: 1, duration_ms: 5 });
  const copy = steps[1];
  if (copy) tape.step(1, copy, "copy", 2);
  return tape.built(1, "many", ["system", "python", "copy"], 9);
}

const buildIn = (tape: Tape): Build => first(lastScene(tape).builds);
const imageIn = (tape: Tape): Image => first(lastScene(tape).images);

function mainOf(tape: Tape) {
  const stacks = stacksOfBuild(buildIn(tape), lastScene(tape));
  if (!stacks) throw new Error("the build has no plan");
  return stacks.main;
}

describe("a base image from the cache", () => {
  const afterItsStep = (from: string) => {
    const tape = new Tape().open();
    tape.start(1, plan([from, "COPY app.py ."]));
    tape.add({ type: "step.cached", build: 1, step: 1 });
    return first(mainOf(tape).slabs).state;
  };

  it("is about to bring its layers, for they are told right after its step", () => {
    expect(afterItsStep("FROM busybox")).toBe("follows");
  });

  it("brings none when it is scratch", () => {
    expect(afterItsStep("FROM scratch")).toBe("empty");
  });
});

describe("a build on an engine that tells layers when it is done", () => {
  const lines = ["FROM busybox", "RUN make", "RUN test"];
  const carryOut = (upTo: number) => {
    const tape = new Tape().open(DOCKER);
    tape.start(1, plan(lines));
    for (let step = 1; step <= upTo; step += 1) {
      tape.add({ type: "step.started", build: 1, step });
      tape.add({ type: "step.finished", build: 1, step, duration_ms: 9 });
    }
    return tape;
  };
  const says = (tape: Tape) =>
    mainOf(tape)
      .slabs.slice(1)
      .map((slab) => slabName(slab));

  it("does not say of a step that was carried out that it changed nothing", () => {
    expect(says(carryOut(2))).toEqual(["RUN make, done, its layer follows", "RUN test, to come"]);
  });

  it("says that the layers are read while nothing else happens", () => {
    expect(says(carryOut(3))).toEqual([
      "RUN make, done, reading its layer",
      "RUN test, done, reading its layer",
    ]);
  });

  it("says where the layers of a failed build are", () => {
    const tape = carryOut(2);
    tape.add({ type: "build.failed", build: 1, message: "no", diagnosis: null });
    expect(says(tape)[0]).toBe("RUN make, its layer stays in the build cache");
  });
});

describe("another stage on an engine that tells no layers of it", () => {
  const lines = ["FROM busybox AS tools", "RUN make", "FROM busybox", "COPY --from=tools /t /"];
  const done = (tape: Tape) => {
    tape.start(1, plan(lines));
    tape.add({ type: "step.started", build: 1, step: 2 });
    tape.add({ type: "step.finished", build: 1, step: 2, duration_ms: 9 });
    const scene = lastScene(tape);
    return scene.builds[0] ? stacksOfBuild(scene.builds[0], scene)?.others[0]?.slabs[1] : undefined;
  };

  it("has kept what it made, and nobody says that it made nothing", () => {
    const slab = done(new Tape().open(DOCKER));
    expect(slab?.state).toBe("kept");
    expect(slab && slabName(slab)).toBe("RUN make, its layer stays in the build cache");
  });

  it("made nothing where the engine would have told", () => {
    const slab = done(new Tape().open());
    expect(slab && slabName(slab)).toBe("RUN make, changed no files: no layer");
  });
});

describe("the stack of a build", () => {
  it("has an outline for every step that will make a layer, the base first", () => {
    const { slabs } = mainOf(buildTape(0));
    expect(slabs.map((slab) => slab.instruction)).toEqual([
      "FROM",
      "WORKDIR",
      "COPY",
      "RUN",
      "COPY",
    ]);
    expect(new Set(slabs.map((slab) => slab.state))).toEqual(new Set(["planned"]));
  });

  it("fills an outline when its layer is there, under the same key", () => {
    const [before] = mainOf(buildTape(0)).slabs;
    const [after] = mainOf(buildTape(1)).slabs;
    expect(after).toMatchObject({ state: "made", digest: digest("base"), key: before?.key });
  });

  it("tells the layers of one base image apart", () => {
    const tape = manyLayeredTape();
    const parts = mainOf(tape).slabs.map((slab) => slab.part);
    expect(parts).toEqual([{ at: 1, of: 2 }, { at: 2, of: 2 }, null]);
    expect(slabName(first(mainOf(tape).slabs))).toMatch(
      /^FROM python:3\.12-slim, read-only layer of 3 B.*layer 1 of 2 of the base image/,
    );
  });

  it("names a committed image's layers as the image below does, and the commit's own as the commit", () => {
    const tape = manyLayeredTape();
    const image = imageIn(tape);
    const scene = lastScene(tape);
    // An empty own layer has the digest that an earlier empty one has: here that of the COPY.
    const committed: Image = {
      ...image,
      digest: digest("committed"),
      build: null,
      committedFrom: hex("c"),
      layers: [...image.layers, digest("copy")],
    };
    const slabs = stackOfImage(committed, { ...scene, images: [image, committed] }).slabs;
    expect(slabs.map(({ text, part }) => [text, part?.at ?? null])).toEqual([
      ["FROM python:3.12-slim", 1],
      ["FROM python:3.12-slim", 2],
      ["COPY app.py .", null],
      ["docker commit", null],
    ]);
    expect(new Set(slabs.map(({ key }) => key)).size).toBe(4);
  });

  it("tells the base's layers apart also when the image below is gone", () => {
    const tape = manyLayeredTape();
    const image = { ...imageIn(tape), build: null, committedFrom: hex("c") };
    const slabs = stackOfImage(image, { ...lastScene(tape), images: [image] }).slabs;
    expect(slabs.map(({ text, part }) => [text, part?.at ?? null])).toEqual([
      ["FROM python:3.12-slim", 1],
      ["FROM python:3.12-slim", 2],
      ["COPY app.py .", null],
    ]);
  });

  it("shows a step that runs as running", () => {
    const tape = buildTape(1).add({ type: "step.started", build: 1, step: 2 });
    expect(mainOf(tape).slabs[1]?.state).toBe("running");
  });

  it("breaks at the step that failed, and says of the later ones that they were never reached", () => {
    const states = mainOf(failingTape()).slabs.map((slab) => slab.state);
    expect(states).toEqual(["made", "made", "made", "failed", "unreached"]);
  });

  it("tells a layer from the cache from one that was made now", () => {
    const tape = buildTape();
    const steps = plan(["FROM python:3.12-slim", "WORKDIR /app"]);
    tape.start(2, steps);
    steps.forEach((step, index) =>
      tape.step(2, step, ["base", "fresh"][index] ?? "", 1, index < 1),
    );
    const build = lastScene(tape).builds[1];
    const stacks = build && stacksOfBuild(build, lastScene(tape));
    expect(stacks?.main.slabs.map((slab) => slab.state)).toEqual(["cached", "made"]);
  });

  it("draws one stack a stage, and the unneeded stage apart", () => {
    const stacks = stacksOfBuild(buildIn(stagesTape()), lastScene(stagesTape()));
    expect(stacks?.others.map((stack) => [stack.name, stack.needed])).toEqual([
      ["builder", true],
      ["assets", true],
      ["docs", false],
    ]);
    expect(stacks?.edges.map((edge) => [edge.fromStage, edge.toStep])).toEqual([
      [0, 10],
      [1, 11],
    ]);
  });

  it("is not there before the build is planned", () => {
    const tape = new Tape().open().add({ type: "build.queued", build: 1, position: 1 });
    expect(stacksOfBuild(buildIn(tape), lastScene(tape))).toBeNull();
  });
});

describe("the stack of an image", () => {
  it("has the keys of its build, so that nothing moves when the build is done", () => {
    const tape = buildTape();
    const image = stackOfImage(imageIn(tape), lastScene(tape));
    const building = mainOf(tape);
    expect(image.key).toBe(building.key);
    expect(image.slabs.map((slab) => slab.key)).toEqual(building.slabs.map((slab) => slab.key));
  });

  it("ends with the committed layer where a container was committed", () => {
    const tape = containersTape(1).add({
      type: "image.committed",
      image: digest("noted"),
      container: hex("brave_otter"),
      layer: digest("written"),
      layer_size: 24,
      tags: ["my-app:noted"],
      layers: [digest("base"), digest("written")],
      size: 100,
      config: {},
    });
    const image = lastScene(tape).images[1];
    const slabs = image ? stackOfImage(image, lastScene(tape)).slabs : [];
    expect(slabs.map((slab) => slab.kind)).toEqual(["base", "commit"]);
  });

  it("names its base by its own stage, also when another stage stands on the same base", () => {
    const lines = ["FROM alpine:3.20 AS builder", "RUN make", "FROM alpine:3.20", "RUN true"];
    const steps = plan(lines);
    const tape = new Tape().open().start(1, steps);
    steps.forEach((step, index) => {
      tape.step(1, step, ["alpine", "made", "alpine", "true"][index] ?? "", 1);
    });
    tape.built(1, "server", ["alpine", "true"], 2);
    const texts = stackOfImage(imageIn(tape), lastScene(tape)).slabs.map((slab) => slab.text);
    expect(texts).toEqual(["FROM alpine:3.20", "RUN true"]);
  });

  it("gives two steps with the same layer two slabs with keys of their own", () => {
    const steps = plan(["FROM alpine:3.20", "RUN true", "RUN true"]);
    const tape = new Tape().open().start(1, steps);
    ["base", "same", "same"].forEach((seed, index) => {
      const step = steps[index];
      if (step) tape.step(1, step, seed, 0);
    });
    tape.built(1, "twice", ["base", "same", "same"], 1);
    const keys = stackOfImage(imageIn(tape), lastScene(tape)).slabs.map((slab) => slab.key);
    expect(new Set(keys).size).toBe(3);
  });
});

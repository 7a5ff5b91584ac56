import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { disk } from "@/scene/disk";
import { emptyScene, fold } from "@/scene/reduce";
import {
  buildConfig,
  buildStack,
  configEntries,
  containersOf,
  imageInFocus,
  imageName,
  latestBuild,
  queuedBuilds,
  runningBuild,
  runningStep,
  slabOfPath,
  stack,
} from "@/scene/select";
import { stageGraph } from "@/scene/stages";

import { limits, multistage, starter, story } from "../tapes/golden";
import { digest, file, TapeMaker } from "../tapes/maker";
import { arbitraryTape } from "./arbitrary";

const scene = fold(story());

describe("a stack", () => {
  test("has the base at the bottom, and each slab the instruction that made it", () => {
    const slabs = stack(scene, scene.images[0]?.digest ?? "");
    expect(slabs.map((slab) => [slab.kind, slab.text])).toEqual([
      ["base", "FROM python:3.12-slim"],
      ["base", "FROM python:3.12-slim"],
      ["workdir", "WORKDIR /app"],
      ["copy", "COPY app.py ."],
      ["run", 'RUN echo "built with care" > built.txt'],
    ]);
  });

  test("of a committed image has the container's layer on top", () => {
    const slab = stack(scene, digest("committed")).at(-1);
    expect(slab).toMatchObject({ kind: "commit", text: "docker commit calm_turing", size: 6 });
  });

  test("marks what came from the cache", () => {
    const slabs = stack(scene, scene.images.at(-1)?.digest ?? "");
    expect(slabs.map((slab) => slab.cached)).toEqual([true, true, true, false, false]);
  });

  test("of a removed image is still known from its build", () => {
    const tape = limits();
    const before = fold(tape.slice(0, -1));
    const image = before.images[0]?.digest ?? "";
    expect(stack(fold(tape), image).map((slab) => slab.digest)).toEqual(before.images[0]?.layers);
  });

  test("grows while it is built", () => {
    const tape = story();
    const sizes = [10, 16, 40].map((at) => {
      const build = latestBuild(fold(tape.slice(0, at)));
      return build ? buildStack(fold(tape.slice(0, at)), build).length : 0;
    });
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes[0]).toBeGreaterThan(0);
  });

  test("of a later stage does not hold the layers of the stage that it copies from", () => {
    const built = fold(multistage());
    const slabs = stack(built, built.images[0]?.digest ?? "");
    expect(slabs.map((slab) => slab.instruction)).toEqual(["FROM", "COPY"]);
  });
});

test("the stack of a stage that is FROM another stands on that stage's layers", () => {
  const layer = (name: string): { digest: string; size: number } => ({
    digest: digest(name),
    size: 1,
  });
  const tape = new TapeMaker().open();
  tape.build({
    build: 1,
    files: [],
    layers: ["base", "run", "copy"].map(digest),
    work: [
      { text: "FROM alpine AS one", makes: "base", layers: [layer("base")], stage: 0 },
      { text: "RUN make", makes: "layer", layers: [layer("run")], stage: 0 },
      { text: "FROM one", makes: "base", from: [2], stage: 1 },
      { text: "COPY a .", makes: "layer", layers: [layer("copy")], stage: 1 },
    ],
  });
  const built = fold(tape.events);
  const build = latestBuild(built);
  const layers = build ? buildStack(built, build).map((slab) => slab.digest) : [];
  expect(layers).toEqual(["base", "run", "copy"].map(digest));
});

describe("the image in focus", () => {
  test("is the chosen one while it is there, else the newest", () => {
    const [first, second, third] = scene.images;
    expect(imageInFocus(scene)).toBe(third);
    expect(imageInFocus(scene, second?.digest)).toBe(second);
    expect(imageInFocus(scene, digest("gone"))).toBe(third);
    expect(imageInFocus(emptyScene())).toBeNull();
    expect(first && imageName(first)).toBe(first?.digest.slice(7, 19));
  });

  test("is the one that a build gave again out of the cache", () => {
    const tape = new TapeMaker().open();
    const files = [file("app.py", "x")];
    const first = tape.build({ build: 1, files, work: starter("x") });
    tape.build({ build: 2, files, work: starter("y"), tag: "other:1" });
    tape.build({ build: 3, files, work: starter("x", 9) });
    expect(imageInFocus(fold(tape.events))?.digest).toBe(first);
  });
});

describe("builds", () => {
  test("wait in their order and run one at a time", () => {
    const tape = new TapeMaker().open();
    tape.add({ type: "build.queued", build: 3, position: 2 });
    tape.add({ type: "build.queued", build: 2, position: 1 });
    tape.build({ build: 1, files: [], work: starter("x"), cancelAfterStep: 9 });
    const running = fold(tape.events.slice(0, 6));
    expect(queuedBuilds(running).map((build) => build.build)).toEqual([2, 3]);
    const build = runningBuild(running);
    expect(build && runningStep(build)?.step).toBe(1);
    expect(latestBuild(running)?.build).toBe(3);
    expect(runningBuild(fold(tape.events))).toBeNull();
  });

  test("with stages are a graph: who stands on whom, who copies from whom, who is not needed", () => {
    const build = fold(multistage()).builds[0];
    if (!build) throw new Error("the tape has a build");
    const graph = stageGraph(build);
    expect(graph.stages.map(({ name, needed, target }) => [name, needed, target])).toEqual([
      ["builder", true, false],
      ["tests", false, false],
      ["stage 2", true, true],
    ]);
    expect(graph.edges).toEqual([
      { fromStage: 0, fromStep: 4, toStage: 1, toStep: 5, kind: "from" },
      { fromStage: 0, fromStep: 4, toStage: 2, toStep: 8, kind: "copy" },
    ]);
    expect(buildConfig(build)).toEqual({ Cmd: ["cat", "/srv/index.html"] });
  });
});

describe("a config", () => {
  test("is read out in plain words with Docker's keys beside them", () => {
    const config = {
      Cmd: ["python", "app.py"],
      ExposedPorts: { "80/tcp": {} },
      Labels: { maker: "me" },
      User: "",
      Odd: 3,
      Entrypoint: null,
    };
    expect(configEntries(config)).toEqual([
      { field: "Cmd", words: "default command", values: ['["python","app.py"]'] },
      { field: "ExposedPorts", words: "ports it listens on", values: ["80/tcp"] },
      { field: "Labels", words: "labels", values: ["maker=me"] },
      { field: "Odd", words: "Odd", values: ["3"] },
    ]);
  });
});

describe("a container", () => {
  test("stands on its image", () => {
    const first = scene.images[0]?.digest ?? "";
    expect(containersOf(scene, first).map((each) => each.name)).toEqual([
      "brave_hopper",
      "quiet_lovelace",
      "fresh_curie",
    ]);
  });

  test("has a file from the slab that copied it, where the tape tells", () => {
    const [container] = scene.containers;
    if (!container) throw new Error("the tape has a container");
    expect(slabOfPath(scene, container, "/app/app.py")?.text).toBe("COPY app.py .");
    expect(slabOfPath(scene, container, "/etc/hosts")).toBeNull();
  });
});

describe("the disk meter", () => {
  test("counts a stack once, however many stand on it", () => {
    const tape = new TapeMaker().open();
    const image = tape.build({ build: 1, files: [], work: starter("x") }) ?? "";
    const size = fold(tape.events).images[0]?.size ?? 0;
    for (let index = 0; index < 8; index += 1) {
      tape.changes(tape.container(`c${index}`, image), [{ path: "/a", kind: "added", size: 10 }]);
    }
    const meter = disk(fold(tape.events));
    expect(meter).toMatchObject({ shared: size, thin: 80, total: size + 80, layers: 5 });
    expect(meter.asCopies).toBe(size + 8 * (size + 10));
  });

  test("counts a layer that several images hold once", () => {
    const meter = disk(scene);
    const sizes = Object.values(scene.layers).map((layer) => layer.size);
    expect(meter.shared).toBe(sizes.reduce((total, size) => total + size, 0));
    const own = meter.images.reduce((total, image) => total + image.own, 0);
    expect(own).toBe(meter.shared);
  });

  test("is never less than its parts, on any tape", () => {
    fc.assert(
      fc.property(arbitraryTape, (tape) => {
        const meter = disk(fold(tape));
        expect(meter.total).toBe(meter.shared + meter.thin);
        expect(meter.asCopies).toBeGreaterThanOrEqual(meter.total);
      }),
    );
  });
});

test("every selector can be asked of any tape", () => {
  fc.assert(
    fc.property(arbitraryTape, (tape) => {
      const any = fold(tape);
      for (const image of any.images) {
        expect(stack(any, image.digest)).toHaveLength(image.layers.length);
        configEntries(image.config);
      }
      for (const build of any.builds) {
        buildStack(any, build);
        buildConfig(build);
        const numbers = stageGraph(build).stages.map((stage) => stage.stage);
        expect(new Set(numbers).size).toBe(numbers.length);
      }
      for (const each of any.containers) slabOfPath(any, each, "/app.py");
    }),
    { numRuns: 300 },
  );
});

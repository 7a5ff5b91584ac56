import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { difference, type Change } from "@/scene/difference";
import { emptyScene, fold, reduce } from "@/scene/reduce";

import { failing, limits, starter, story } from "../tapes/golden";
import { digest, hex, TapeMaker } from "../tapes/maker";
import { arbitraryTape } from "./arbitrary";

/** What each event of the tape changed, one after the other. */
function changes(tape: readonly AnyEvent[]): Change[] {
  let scene = emptyScene();
  return tape.flatMap((event) => {
    const before = scene;
    scene = reduce(scene, event);
    return [...difference(before, scene)];
  });
}

const kinds = (tape: readonly AnyEvent[]): string[] => changes(tape).map((change) => change.kind);

describe("the difference of two scenes", () => {
  test("is nothing when they are the same", () => {
    const scene = fold(story());
    expect(difference(scene, scene)).toEqual([]);
    expect(difference(scene, fold(story()))).not.toContainEqual(
      expect.objectContaining({ kind: "image-appeared" }),
    );
  });

  test("tells a first build's layers from those of the cache", () => {
    const tape = new TapeMaker().open();
    tape.build({ build: 1, files: [], work: starter("x") });
    expect(kinds(tape.events).filter((kind) => kind === "layer-appeared")).toHaveLength(5);
    const second = tape.events.length;
    tape.build({ build: 2, files: [], work: starter("x", 9) });
    const again = difference(fold(tape.events.slice(0, second)), fold(tape.events));
    const layers = again.map((change) => change.kind).filter((kind) => kind.startsWith("layer"));
    expect(layers).toEqual(Array(5).fill("layer-was-cached"));
  });

  test("tells a build's course in order", () => {
    const tape = new TapeMaker().open();
    tape.build({ build: 1, files: [], work: starter("x").slice(3) });
    expect(kinds(tape.events)).toEqual([
      "build-started",
      "step-started",
      "layer-appeared",
      "step-finished",
      "step-started",
      "config-appeared",
      "step-finished",
      "step-started",
      "config-appeared",
      "step-finished",
      "image-appeared",
    ]);
  });

  test("tells a step that failed, and its build", () => {
    expect(kinds(failing())).toEqual(expect.arrayContaining(["step-failed", "build-failed"]));
  });

  test("tells a container's life", () => {
    const id = hex("container calm_turing");
    const life = changes(story()).filter((each) => "container" in each && each.container === id);
    expect(life).toEqual([
      { kind: "container-appeared", container: id, image: expect.any(String) },
      { kind: "container-started", container: id, again: false },
      {
        kind: "writable-grew",
        container: id,
        before: 0,
        after: 6,
        paths: ["/app/note.txt"],
      },
      { kind: "container-stopped", container: id, exitCode: 137 },
      { kind: "container-started", container: id, again: true },
      {
        kind: "committed",
        container: id,
        image: digest("committed"),
        layer: digest("committed layer"),
      },
      { kind: "container-stopped", container: id, exitCode: 137 },
      { kind: "container-dissolved", container: id, lost: 6 },
    ]);
  });

  test("tells pauses, names, the engine and what was removed", () => {
    expect(kinds(limits())).toEqual(
      expect.arrayContaining([
        "container-paused",
        "container-resumed",
        "container-renamed",
        "engine-lost",
        "engine-restored",
        "image-retagged",
        "image-removed",
        "build-cancelled",
      ]),
    );
  });

  test("does not take a new start for the end of a pause", () => {
    const tape = new TapeMaker().open();
    const id = tape.container("one", digest("any"));
    const paused = fold(tape.add({ type: "container.paused", container: id }).events);
    tape.exit(id, 137, "killed");
    tape.add({ type: "container.started", container: id, pid: 1, ip: null });
    expect(difference(paused, fold(tape.events))).toEqual([
      { kind: "container-started", container: id, again: true },
    ]);
  });

  test("tells a writable layer that shrank", () => {
    const tape = new TapeMaker().open();
    const id = tape.container("one", digest("any"));
    tape.changes(id, [{ path: "/a", kind: "added", size: 5 }]).changes(id, []);
    expect(changes(tape.events).at(-1)).toMatchObject({ kind: "writable-shrank", after: 0 });
  });

  test("can be asked of any two scenes", () => {
    fc.assert(
      fc.property(arbitraryTape, arbitraryTape, (one, other) => {
        const [before, after] = [fold(one), fold(other)];
        const appeared = difference(before, after).filter(
          (change) => change.kind === "container-appeared",
        );
        const fresh = after.containers.filter(
          (each) => !before.containers.some((known) => known.id === each.id),
        );
        expect(appeared).toHaveLength(fresh.length);
      }),
    );
  });
});

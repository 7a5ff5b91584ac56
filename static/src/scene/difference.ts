/**
 * What happened between two scenes, as typed facts for whoever animates. Drawing needs none of it:
 * the stage draws a scene as it is, and moves only what a fact here says has just changed.
 */
import { imageOf } from "./lookup";
import type { Build, Container, Image, Scene, Step } from "./types";

export type Change =
  | { readonly kind: "build-queued"; readonly build: number }
  | { readonly kind: "build-started"; readonly build: number }
  | { readonly kind: "build-failed"; readonly build: number }
  | { readonly kind: "build-cancelled"; readonly build: number }
  | { readonly kind: "step-started"; readonly build: number; readonly step: number }
  | { readonly kind: "step-finished"; readonly build: number; readonly step: number }
  | { readonly kind: "step-failed"; readonly build: number; readonly step: number }
  | LayerChange
  | {
      readonly kind: "config-appeared";
      readonly build: number;
      readonly step: number;
      readonly field: string;
    }
  | { readonly kind: "image-appeared"; readonly image: string; readonly build: number | null }
  | {
      readonly kind: "committed";
      readonly image: string;
      readonly container: string;
      readonly layer: string | null;
    }
  | { readonly kind: "image-retagged"; readonly image: string }
  | { readonly kind: "image-removed"; readonly image: string }
  | { readonly kind: "container-appeared"; readonly container: string; readonly image: string }
  | { readonly kind: "container-started"; readonly container: string; readonly again: boolean }
  | { readonly kind: "container-paused"; readonly container: string }
  | { readonly kind: "container-resumed"; readonly container: string }
  | {
      readonly kind: "container-stopped";
      readonly container: string;
      readonly exitCode: number | null;
    }
  | { readonly kind: "container-renamed"; readonly container: string }
  | {
      readonly kind: "container-dissolved";
      readonly container: string;
      /** Bytes that went with it. */
      readonly lost: number;
    }
  | {
      readonly kind: "writable-grew" | "writable-shrank";
      readonly container: string;
      readonly before: number;
      readonly after: number;
      /** Paths that were not in the layer before, or are there in another way. */
      readonly paths: readonly string[];
    }
  | { readonly kind: "engine-lost" }
  | { readonly kind: "engine-restored" };

interface LayerChange {
  readonly kind: "layer-appeared" | "layer-was-cached";
  readonly build: number;
  readonly step: number;
  readonly layer: string;
}

/** In the order in which they are best shown: builds, images, containers, the engine. */
export function difference(before: Scene, after: Scene): readonly Change[] {
  if (before === after) return [];
  return [
    ...buildChanges(before, after),
    ...imageChanges(before, after),
    ...containerChanges(before, after),
    ...engineChanges(before, after),
  ];
}

function buildChanges(before: Scene, after: Scene): readonly Change[] {
  if (before.builds === after.builds) return [];
  const known = new Map(before.builds.map((build) => [build.build, build]));
  return after.builds.flatMap((build) => {
    const earlier = known.get(build.build);
    return earlier === build ? [] : oneBuild(earlier, build);
  });
}

function oneBuild(before: Build | undefined, after: Build): readonly Change[] {
  const { build, state } = after;
  const changes: Change[] = [];
  if (state === "queued" && !before) changes.push({ kind: "build-queued", build });
  if (after.startedSeq !== null && (before?.startedSeq ?? null) === null) {
    changes.push({ kind: "build-started", build });
  }
  const known = new Map(before?.steps.map((step) => [step.step, step]));
  for (const step of after.steps) {
    if (known.get(step.step) !== step) changes.push(...oneStep(build, known.get(step.step), step));
  }
  if (state === "failed" && before?.state !== state) changes.push({ kind: "build-failed", build });
  if (state === "cancelled" && before?.state !== state) {
    changes.push({ kind: "build-cancelled", build });
  }
  return changes;
}

function oneStep(build: number, before: Step | undefined, after: Step): readonly Change[] {
  const { step } = after;
  const changes: Change[] = [];
  const began = after.startedMs !== null && (before?.startedMs ?? null) === null;
  if (began) changes.push({ kind: "step-started", build, step });
  const kind = after.state === "cached" ? "layer-was-cached" : "layer-appeared";
  for (const layer of after.layers) {
    if (!before?.layers.includes(layer)) changes.push({ kind, build, step, layer });
  }
  if (after.config && after.config !== (before?.config ?? null)) {
    changes.push({ kind: "config-appeared", build, step, field: after.config.field });
  }
  if (after.state !== before?.state) {
    if (after.state === "done") changes.push({ kind: "step-finished", build, step });
    if (after.state === "failed") changes.push({ kind: "step-failed", build, step });
  }
  return changes;
}

function imageChanges(before: Scene, after: Scene): readonly Change[] {
  if (before.images === after.images) return [];
  const known = new Map(before.images.map((image) => [image.digest, image]));
  const gone = before.images.filter((image) => !imageOf(after, image.digest));
  return [
    ...gone.map(({ digest }): Change => ({ kind: "image-removed", image: digest })),
    ...after.images.flatMap((image) => oneImage(known.get(image.digest), image)),
  ];
}

function oneImage(before: Image | undefined, after: Image): readonly Change[] {
  const { digest: image } = after;
  if (!before) {
    const layer = after.layers.at(-1) ?? null;
    return after.committedFrom === null
      ? [{ kind: "image-appeared", image, build: after.build }]
      : [{ kind: "committed", image, container: after.committedFrom, layer }];
  }
  return before.tags.join("\n") === after.tags.join("\n")
    ? []
    : [{ kind: "image-retagged", image }];
}

function containerChanges(before: Scene, after: Scene): readonly Change[] {
  if (before.containers === after.containers) return [];
  const known = new Map(before.containers.map((container) => [container.id, container]));
  const kept = new Set(after.containers.map((container) => container.id));
  const gone = before.containers.filter((container) => !kept.has(container.id));
  return [
    ...gone.map((container): Change => ({
      kind: "container-dissolved",
      container: container.id,
      lost: container.writableSize,
    })),
    ...after.containers.flatMap((container) => {
      const earlier = known.get(container.id);
      return earlier === container ? [] : oneContainer(earlier, container);
    }),
  ];
}

function oneContainer(before: Container | undefined, after: Container): readonly Change[] {
  const container = after.id;
  const changes: Change[] = [];
  if (!before) changes.push({ kind: "container-appeared", container, image: after.image });
  if (before && before.name !== after.name) changes.push({ kind: "container-renamed", container });
  if (after.starts > (before?.starts ?? 0)) {
    changes.push({ kind: "container-started", container, again: after.starts > 1 });
  }
  const written = before?.changes === after.changes ? null : writable(before, after);
  if (written) changes.push(written);
  const state = stateChange(before, after);
  return state ? [...changes, state] : changes;
}

function writable(before: Container | undefined, after: Container): Change | null {
  const then = before?.writableSize ?? 0;
  const known = new Map(before?.changes.map((each) => [each.path, each]));
  const fresh = after.changes.filter((each) => {
    const earlier = known.get(each.path);
    return earlier?.kind !== each.kind || earlier.size !== each.size;
  });
  const shrank = after.writableSize < then || after.changes.length < known.size;
  if (!shrank && fresh.length === 0 && after.writableSize === then) return null;
  return {
    kind: shrank ? "writable-shrank" : "writable-grew",
    container: after.id,
    before: then,
    after: after.writableSize,
    paths: fresh.map((each) => each.path),
  };
}

function stateChange(before: Container | undefined, after: Container): Change | null {
  const container = after.id;
  if (before?.state === after.state) return null;
  if (after.state === "paused") return { kind: "container-paused", container };
  if (after.state === "running" && before?.state === "paused" && before.starts === after.starts) {
    return { kind: "container-resumed", container };
  }
  if (after.state !== "exited") return null;
  return { kind: "container-stopped", container, exitCode: after.exitCode };
}

function engineChanges(before: Scene, after: Scene): readonly Change[] {
  if (before.engineLost === after.engineLost) return [];
  return [{ kind: after.engineLost ? "engine-lost" : "engine-restored" }];
}

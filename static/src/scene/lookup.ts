/** Finding a part of the scene by its id, and putting a changed part back in its place. */
import type { Build, Container, Exec, Image, Layer, Scene, Step } from "./types";

export function buildOf(scene: Scene, build: number | null): Build | null {
  return scene.builds.find((each) => each.build === build) ?? null;
}

export function stepOf(build: Build, step: number): Step | null {
  return build.steps.find((each) => each.step === step) ?? null;
}

export function imageOf(scene: Scene, digest: string | null): Image | null {
  return scene.images.find((each) => each.digest === digest) ?? null;
}

export function containerOf(scene: Scene, id: string | null): Container | null {
  return scene.containers.find((each) => each.id === id) ?? null;
}

export function layerOf(scene: Scene, digest: string): Layer | null {
  return own(scene.layers, digest);
}

export function execOf(scene: Scene, exec: string): Exec | null {
  return own(scene.execs, exec);
}

/** The record's own entry: a key like `constructor` finds nothing that is not there. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | null {
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null;
}

/** The list with the items that match changed; the same list when nothing changed. */
export function change<T>(
  items: readonly T[],
  matches: (item: T) => boolean,
  how: (item: T) => T,
): readonly T[] {
  let touched = false;
  const next = items.map((item) => {
    if (!matches(item)) return item;
    const changed = how(item);
    touched ||= changed !== item;
    return changed;
  });
  return touched ? next : items;
}

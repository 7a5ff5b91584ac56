/**
 * Two moments side by side: what came, what went, what changed between their scenes, in words. What
 * came from A to B is what went from B to A.
 */
import type { FileChange } from "../events/generated";
import { imageName, nameOfImage } from "./select";
import type { Build, Container, Image, Layer, Pushed, Scene } from "./types";
import { bytes, count, list, shortId, visible } from "./words";

export type ItemKind = "build" | "image" | "tag" | "layer" | "container" | "registry";

export interface Item {
  readonly kind: ItemKind;
  /** Of its kind: a digest, a container's id, a number, a reference. */
  readonly id: string;
  readonly name: string;
  /** What it is, or was: `running, 12 B of its own`. */
  readonly words: string;
}

export interface ChangedItem extends Item {
  /** A sentence each, without its full stop. */
  readonly changes: readonly string[];
}

export interface Comparison {
  readonly came: readonly Item[];
  readonly went: readonly Item[];
  readonly changed: readonly ChangedItem[];
}

/** One kind of thing: where it is in a scene, what it is called, and how two of it differ. */
interface Look<T> {
  readonly kind: ItemKind;
  readonly of: (scene: Scene) => readonly T[];
  readonly id: (thing: T) => string;
  readonly name: (thing: T) => string;
  readonly words: (thing: T, scene: Scene) => string;
  readonly changes: (before: T, after: T) => readonly string[];
}

/** In the order in which they are best read: containers first, for they are what one looks at. */
export function compare(before: Scene, after: Scene): Comparison {
  const parts = [
    compared(CONTAINERS, before, after),
    compared(IMAGES, before, after),
    compared(TAGS, before, after),
    compared(LAYERS, before, after),
    compared(BUILDS, before, after),
    compared(REGISTRY, before, after),
  ];
  return {
    came: parts.flatMap(({ came }) => came),
    went: parts.flatMap(({ went }) => went),
    changed: parts.flatMap(({ changed }) => changed),
  };
}

export function isSame({ came, went, changed }: Comparison): boolean {
  return came.length + went.length + changed.length === 0;
}

function compared<T>(look: Look<T>, before: Scene, after: Scene): Comparison {
  const earlier = new Map(look.of(before).map((thing) => [look.id(thing), thing]));
  const later = new Map(look.of(after).map((thing) => [look.id(thing), thing]));
  const item = (thing: T, scene: Scene): Item => ({
    kind: look.kind,
    id: look.id(thing),
    name: visible(look.name(thing)),
    words: visible(look.words(thing, scene)),
  });
  const changed = [...later].flatMap(([id, thing]) => {
    const was = earlier.get(id);
    if (was === undefined) return [];
    const changes = look.changes(was, thing);
    return changes.length > 0 ? [{ ...item(thing, after), changes }] : [];
  });
  return {
    came: [...later].flatMap(([id, thing]) => (earlier.has(id) ? [] : [item(thing, after)])),
    went: [...earlier].flatMap(([id, thing]) => (later.has(id) ? [] : [item(thing, before)])),
    changed,
  };
}

const CONTAINERS: Look<Container> = {
  kind: "container",
  of: (scene) => scene.containers,
  id: (container) => container.id,
  name: (container) => `Container ${container.name}`,
  words: (container, scene) =>
    `${stateWords(container)}, from ${nameOfImage(scene, container.image)}, ` +
    `${bytes(container.writableSize)} in its own layer`,
  changes: containerChanges,
};

const IMAGES: Look<Image> = {
  kind: "image",
  of: (scene) => scene.images,
  id: (image) => image.digest,
  name: (image) => `Image ${imageName(image)}`,
  words: (image) => `${count(image.layers.length, "layer")}, ${bytes(image.size)}`,
  // An image never changes; which names it has is told of the tags.
  changes: () => [],
};

interface Tag {
  readonly tag: string;
  readonly image: string;
}

const TAGS: Look<Tag> = {
  kind: "tag",
  of: (scene) =>
    scene.images.flatMap(({ digest, tags }) => tags.map((tag) => ({ tag, image: digest }))),
  id: ({ tag }) => tag,
  name: ({ tag }) => `Tag ${tag}`,
  words: ({ image }) => `points at image ${shortId(image)}`,
  changes: (before, after) =>
    before.image === after.image
      ? []
      : [`pointed at image ${shortId(before.image)}, now at ${shortId(after.image)}`],
};

const LAYERS: Look<Layer> = {
  kind: "layer",
  of: (scene) => Object.values(scene.layers),
  id: (layer) => layer.digest,
  name: (layer) => `Layer of ${layer.text || layer.instruction || shortId(layer.digest)}`,
  words: (layer) =>
    `${bytes(layer.size)}: ${layer.added} added, ${layer.modified} changed, ${layer.deleted} deleted`,
  changes: () => [],
};

const BUILDS: Look<Build> = {
  kind: "build",
  of: (scene) => scene.builds,
  id: (build) => String(build.build),
  name: (build) => `Build ${build.build}`,
  words: (build) => `${build.state}${build.tag ? `, ${build.tag}` : ""}`,
  changes: (before, after) => [
    ...changed("was", before.state, after.state),
    ...changed("had", stepsDone(before), stepsDone(after)),
  ],
};

const REGISTRY: Look<Pushed> = {
  kind: "registry",
  of: (scene) => scene.registry,
  id: (pushed) => pushed.reference,
  name: (pushed) => `In the registry: ${pushed.reference}`,
  words: (pushed) => `image ${shortId(pushed.image)}, ${bytes(pushed.size)}`,
  changes: (before, after) => changed("was image", shortId(before.image), shortId(after.image)),
};

function containerChanges(before: Container, after: Container): readonly string[] {
  if (before === after) return [];
  return [
    ...changed("was called", before.name, after.name),
    ...changed("was", stateWords(before), stateWords(after)),
    ...(before.starts !== after.starts && before.starts > 0 && after.starts > 0
      ? changed("had been started", count(before.starts, "time"), count(after.starts, "time"))
      : []),
    ...changed("had in its own layer", bytes(before.writableSize), bytes(after.writableSize)),
    ...fileChanges(before.changes, after.changes),
  ];
}

function changed(verb: string, before: string, after: string): readonly string[] {
  return before === after ? [] : [`${verb} ${before}, now ${after}`];
}

const MOST_PATHS = 4;

function fileChanges(
  before: readonly FileChange[],
  after: readonly FileChange[],
): readonly string[] {
  if (before === after) return [];
  const was = new Map(before.map((change) => [change.path, change]));
  const is = new Map(after.map((change) => [change.path, change]));
  const fresh = [...is.keys()].filter((path) => !was.has(path));
  const gone = [...was.keys()].filter((path) => !is.has(path));
  const other = [...is.values()].filter(({ path, kind, size }) => {
    const earlier = was.get(path);
    return earlier !== undefined && (earlier.kind !== kind || earlier.size !== size);
  });
  return [
    ...paths("its own layer also has", fresh),
    ...paths("its own layer no longer has", gone),
    ...paths(
      "in its own layer changed",
      other.map(({ path }) => path),
    ),
  ];
}

function paths(what: string, found: readonly string[]): readonly string[] {
  if (found.length === 0) return [];
  return [visible(`${what} ${list(found, MOST_PATHS)}`)];
}

function stateWords({ state, exitCode }: Container): string {
  if (state !== "exited") return state;
  return exitCode === null ? "exited" : `exited (code ${exitCode})`;
}

function stepsDone({ steps }: Build): string {
  const done = steps.filter(({ state }) => state === "done" || state === "cached");
  return `${done.length} of ${count(steps.length, "step")} done`;
}

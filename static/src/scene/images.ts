/** What events about images, tags and their layers do to the scene. */
import type {
  ImageBuilt,
  ImageCommitted,
  ImageLayer,
  ImagePulled,
  ImageRemoved,
  ImageTagged,
  ImageUntagged,
  StepEntered,
} from "../events/generated";
import { buildOf, change, containerOf, imageOf, own } from "./lookup";
import { chainOfStep } from "./select";
import type { Image, Layer, Scene } from "./types";

export function built(scene: Scene, event: ImageBuilt): Scene {
  const next = withLayers(scene, event.layers, event.seq);
  return put(next, {
    digest: event.image,
    tags: event.tags,
    layers: event.layers,
    size: event.size,
    config: event.config,
    build: event.build,
    committedFrom: null,
    seq: event.seq,
  });
}

export function committed(scene: Scene, event: ImageCommitted): Scene {
  const known = own(scene.layers, event.layer);
  const layer: Layer = {
    ...blankLayer(event.layer, event.seq),
    size: event.layer_size,
    instruction: "COMMIT",
    text: `docker commit ${containerOf(scene, event.container)?.name ?? event.container}`,
    committedFrom: event.container,
  };
  const layers =
    known && known.instruction !== "" ? scene.layers : { ...scene.layers, [event.layer]: layer };
  return put(withLayers({ ...scene, layers }, event.layers, event.seq), {
    digest: event.image,
    tags: event.tags,
    layers: event.layers,
    size: event.size,
    config: event.config,
    build: null,
    committedFrom: event.container,
    seq: event.seq,
  });
}

/** The image as it was after a step; one that the lab has already stays what it is. */
export function entered(scene: Scene, event: StepEntered): Scene {
  if (imageOf(scene, event.image)) return scene;
  const digests = event.layers.map((layer) => layer.layer);
  const known = withContents(withLayers(scene, digests, event.seq), event.layers);
  return put(withMakers(known, event, digests), {
    digest: event.image,
    tags: [],
    layers: digests,
    size: event.size,
    config: event.config,
    build: null,
    committedFrom: null,
    entered: {
      build: event.build,
      step: event.step,
      tag: buildOf(scene, event.build)?.tag ?? "",
    },
    seq: event.seq,
  });
}

/** The same digest is the same image: the build that made it, if the tape has it, is still its own. */
export function pulled(scene: Scene, event: ImagePulled): Scene {
  const digests = event.layers.map((layer) => layer.layer);
  return put(withContents(withLayers(scene, digests, event.seq), event.layers), {
    digest: event.image,
    tags: event.tags,
    layers: digests,
    size: event.size,
    config: event.config,
    build: scene.builds.findLast((build) => build.image === event.image)?.build ?? null,
    committedFrom: null,
    seq: event.seq,
  });
}

export function tagged(scene: Scene, event: ImageTagged): Scene {
  if (!scene.images.some((image) => image.digest === event.image)) return scene;
  return { ...scene, images: move(scene.images, event.image, [event.tag]) };
}

export function untagged(scene: Scene, event: ImageUntagged): Scene {
  const images = change(
    scene.images,
    (image) => image.digest === event.image && image.tags.includes(event.tag),
    (image) => ({ ...image, tags: image.tags.filter((tag) => tag !== event.tag) }),
  );
  return images === scene.images ? scene : { ...scene, images };
}

export function removed(scene: Scene, event: ImageRemoved): Scene {
  const images = scene.images.filter((image) => image.digest !== event.image);
  return images.length === scene.images.length ? scene : { ...scene, images };
}

/** The image in the scene: a new one last, one that was there in its place, with its tags its own. */
function put(scene: Scene, image: Image): Scene {
  const known = scene.images.some((each) => each.digest === image.digest);
  const images = known
    ? change(
        scene.images,
        (each) => each.digest === image.digest,
        ({ entered: _, ...each }) => ({ ...each, build: image.build ?? each.build }),
      )
    : [...scene.images, { ...image, tags: [] }];
  return { ...scene, images: move(images, image.digest, image.tags) };
}

/** A tag points at one image: giving it to one takes it from every other. */
function move(images: readonly Image[], digest: string, tags: readonly string[]): readonly Image[] {
  return images.map((image) => {
    const others = image.tags.filter((tag) => !tags.includes(tag));
    if (image.digest === digest) return { ...image, tags: [...others, ...new Set(tags)] };
    return others.length === image.tags.length ? image : { ...image, tags: others };
  });
}

/** Every layer of an image is known to the scene, if only by its digest. */
function withLayers(scene: Scene, digests: readonly string[], seq: number): Scene {
  const missing = digests.filter((digest) => !own(scene.layers, digest));
  if (missing.length === 0) return scene;
  const blanks = missing.map((digest) => [digest, blankLayer(digest, seq)] as const);
  return { ...scene, layers: { ...scene.layers, ...Object.fromEntries(blanks) } };
}

/** What a pull tells of layers that were known by their digests alone. */
function withContents(scene: Scene, told: readonly ImageLayer[]): Scene {
  const news = told.flatMap(({ layer: digest, size, added, modified, deleted }) => {
    const layer = own(scene.layers, digest);
    if (!layer || layer.instruction !== "") return [];
    return [[digest, { ...layer, size, added, modified, deleted }] as const];
  });
  if (news.length === 0) return scene;
  return { ...scene, layers: { ...scene.layers, ...Object.fromEntries(news) } };
}

/**
 * What made the layers of an entered step that no event has told: an engine may tell the layers of
 * a build only when it has its image, and this one may have failed.
 */
function withMakers(scene: Scene, event: StepEntered, digests: readonly string[]): Scene {
  const build = buildOf(scene, event.build);
  const isNews = digests.some((digest) => own(scene.layers, digest)?.instruction === "");
  if (!build || !isNews) return scene;
  const chain = chainOfStep(build, event.step);
  const makers = chain.filter((step) => step.makes === "layer");
  const begin = chain.find((step) => step.makes === "base");
  const bases = digests.length - makers.length;
  const layers = { ...scene.layers };
  for (const [place, digest] of digests.entries()) {
    const layer = own(layers, digest);
    const maker = place < bases ? begin : makers[place - bases];
    if (!layer || layer.instruction !== "" || !maker) continue;
    layers[digest] = {
      ...layer,
      instruction: maker.instruction,
      text: maker.text,
      base: place < bases,
      build: event.build,
      step: maker.step,
    };
  }
  return { ...scene, layers };
}

function blankLayer(digest: string, seq: number): Layer {
  return {
    digest,
    size: 0,
    added: 0,
    modified: 0,
    deleted: 0,
    instruction: "",
    text: "",
    base: false,
    build: null,
    step: null,
    committedFrom: null,
    seq,
  };
}

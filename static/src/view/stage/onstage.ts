/** What stands on the stage: the image that was chosen, else what something last happened to. */
import { buildOf, imageOf } from "../../scene/lookup";
import { containersOf, latestBuild, queuedBuilds, runningBuild, stack } from "../../scene/select";
import { stackSize } from "../../scene/disk";
import type { Build, Image, Scene } from "../../scene/types";

export type OnStage =
  | { readonly what: "nothing" }
  | { readonly what: "build"; readonly build: Build }
  | { readonly what: "image"; readonly image: Image };

/** With `focusImage` null the stage follows what happens; a chosen image stays until it is gone. */
export function onStage(scene: Scene, focusImage: string | null): OnStage {
  const images = imagesShown(scene);
  const chosen = images.find((image) => image.digest === focusImage);
  if (chosen) return { what: "image", image: chosen };
  let newest: Image | null = null;
  let newestSeq = -1;
  for (const image of images) {
    const seq = lastSeq(scene, image);
    if (seq > newestSeq) [newest, newestSeq] = [image, seq];
  }
  const build = latestBuild(scene);
  if (build && build.state !== "built" && (build.startedSeq ?? Infinity) > newestSeq) {
    return { what: "build", build };
  }
  return newest ? { what: "image", image: newest } : { what: "nothing" };
}

/** When something last happened to the image: made, made again, or a container made from it. */
function lastSeq(scene: Scene, image: Image): number {
  const build = buildOf(scene, image.build);
  const containers = containersOf(scene, image.digest).map((container) => container.seq);
  return Math.max(image.seq, build?.endedSeq ?? 0, ...containers);
}

/** The lab's images, and those that were removed by force while containers still stand on them. */
export function imagesShown(scene: Scene): readonly Image[] {
  const digests = new Set(scene.containers.map((container) => container.image));
  const orphans = [...digests].filter((digest) => !imageOf(scene, digest));
  return [...scene.images, ...orphans.map((digest) => orphan(scene, digest))];
}

function orphan(scene: Scene, digest: string): Image {
  const slabs = stack(scene, digest);
  return {
    digest,
    tags: [],
    layers: slabs.map((slab) => slab.digest),
    size: stackSize(scene, digest),
    config: {},
    build: slabs.at(-1)?.build ?? null,
    committedFrom: null,
    seq: 0,
  };
}

/** The build for the shelf: one that goes on, else the newest when it gave no image. */
export function buildOnShelf(scene: Scene): Build | null {
  const going = runningBuild(scene) ?? queuedBuilds(scene)[0];
  if (going) return going;
  const latest = latestBuild(scene);
  return latest && latest.state !== "built" ? latest : null;
}

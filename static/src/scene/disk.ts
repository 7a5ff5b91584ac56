/** The disk meter: what the lab's images and containers take, each layer counted once. Bytes. */
import { imageOf, layerOf } from "./lookup";
import { nameOfImage, stack } from "./select";
import type { Scene } from "./types";

export interface ContainerDisk {
  readonly id: string;
  readonly name: string;
  /** Its own writable layer. */
  readonly thin: number;
  /** The stack it stands on, shared with others. */
  readonly stack: number;
}

export interface ImageDisk {
  readonly digest: string;
  readonly name: string;
  readonly size: number;
  /** What no image before it in the list has already brought. */
  readonly own: number;
}

export interface Disk {
  /** Read-only layers of all images and containers, each once. */
  readonly shared: number;
  /** All writable layers together. */
  readonly thin: number;
  /** `shared` and `thin`. */
  readonly total: number;
  /** What it would be if every container held a full copy of its image. */
  readonly asCopies: number;
  readonly layers: number;
  readonly images: readonly ImageDisk[];
  readonly containers: readonly ContainerDisk[];
}

export function disk(scene: Scene): Disk {
  const counted = new Set<string>();
  const digests = new Set([
    ...scene.images.map((image) => image.digest),
    ...scene.containers.map((container) => container.image),
  ]);
  const images = [...digests].map((digest) => imageDisk(scene, digest, counted));
  const containers = scene.containers.map((container) => ({
    id: container.id,
    name: container.name,
    thin: container.writableSize,
    stack: stackSize(scene, container.image),
  }));
  const shared = sum(images.map((image) => image.own));
  const thin = sum(containers.map((container) => container.thin));
  return {
    shared,
    thin,
    total: shared + thin,
    asCopies: shared + thin + sum(containers.map((container) => container.stack)),
    layers: counted.size,
    images,
    containers,
  };
}

/** Bytes of the stack that an image, also a removed one, stands for. */
export function stackSize(scene: Scene, digest: string): number {
  return sum([...layersOf(scene, digest)].map((layer) => layerOf(scene, layer)?.size ?? 0));
}

function imageDisk(scene: Scene, digest: string, counted: Set<string>): ImageDisk {
  let own = 0;
  for (const layer of layersOf(scene, digest)) {
    if (counted.has(layer)) continue;
    counted.add(layer);
    own += layerOf(scene, layer)?.size ?? 0;
  }
  return { digest, name: nameOfImage(scene, digest), size: stackSize(scene, digest), own };
}

/** Each layer once, also when an image lists one twice: what is stored is stored once. */
function layersOf(scene: Scene, digest: string): Set<string> {
  const image = imageOf(scene, digest);
  return new Set(image?.layers ?? stack(scene, digest).map((slab) => slab.digest));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

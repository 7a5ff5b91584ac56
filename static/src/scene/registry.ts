/** What the view asks about the lab's registry: its repositories, and how far a transfer is. */
import { imageOf, layerOf } from "./lookup";
import { imageName, slabKind, type SlabKind } from "./select";
import type { Blob, Image, Pushed, Scene, Transfer } from "./types";
import { bytes, count } from "./words";

/** How the lab's registry is called; it stands before the names of all images in it. */
export const REGISTRY = "registry.lab";

/** One name in the registry, and the tags that it has there. */
export interface Repository {
  /** Without the registry's name, for example `my-app`. */
  readonly name: string;
  readonly tags: readonly PushedTag[];
}

export interface PushedTag extends Pushed {
  readonly tag: string;
  /** False when the lab has no such image any more, or one of the same name that is another. */
  readonly here: boolean;
}

/** In the order in which they were first pushed. */
export function repositories(scene: Scene): readonly Repository[] {
  const found = new Map<string, PushedTag[]>();
  for (const pushed of scene.registry) {
    const { name, tag } = parted(pushed.reference);
    const tags = found.get(name) ?? [];
    found.set(name, tags);
    const here = imageOf(scene, pushed.image)?.tags.includes(pushed.reference) ?? false;
    tags.push({ ...pushed, tag, here });
  }
  return [...found].map(([name, tags]) => ({ name, tags }));
}

/** The push or pull that is under way, else the last one; null before the first. */
export function latestTransfer(scene: Scene): Transfer | null {
  return scene.transfers.find((each) => each.state === "moving") ?? scene.transfers.at(-1) ?? null;
}

/** Whether there is anything about the registry to show. */
export function hasRegistry(scene: Scene): boolean {
  return scene.registry.length > 0 || scene.transfers.length > 0;
}

/** What a blob is, by the layer that it is the packed form of. */
export interface BlobFace {
  readonly kind: SlabKind;
  readonly instruction: string;
  readonly text: string;
}

export function faceOf(scene: Scene, blob: Blob): BlobFace {
  const layer = blob.layer === null ? null : layerOf(scene, blob.layer);
  const instruction = layer?.instruction ?? "";
  return {
    kind: layer?.base ? "base" : slabKind(instruction),
    instruction,
    text: layer?.text ?? "",
  };
}

/** How far a blob is, in words: `waiting`, `1.2 MB of 30 MB`, `already exists`, `sent, 30 MB`. */
export function blobWords(blob: Blob, direction: Transfer["direction"]): string {
  switch (blob.state) {
    case "waiting":
      return "waiting";
    case "exists":
      return "already exists";
    case "moving":
      return blob.total === null
        ? bytes(blob.current)
        : `${bytes(blob.current)} of ${bytes(blob.total)}`;
    case "done": {
      const word = direction === "push" ? "sent" : "fetched";
      return blob.total === null ? word : `${word}, ${bytes(blob.total)}`;
    }
  }
}

/** What a transfer has done so far: `2 layers sent, 3 already existed`. */
export function transferWords(transfer: Transfer): string {
  const sent = transfer.blobs.filter((blob) => blob.state === "done").length;
  const there = transfer.blobs.filter((blob) => blob.state === "exists").length;
  const word = transfer.direction === "push" ? "sent" : "fetched";
  const parts = [
    sent > 0 || there === 0 ? `${count(sent, "layer")} ${word}` : "",
    there > 0 ? `${sent > 0 ? there : count(there, "layer")} already existed` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The name under which an image would go to the registry: one that it has, or one like it. */
export function pushName(image: Image | null): string {
  const tags = image?.tags ?? [];
  const known = tags.find((tag) => tag.startsWith(`${REGISTRY}/`));
  if (known) return known;
  const name = image && tags.length > 0 ? imageName(image) : "my-app:1.0";
  return `${REGISTRY}/${name.includes("/") ? (name.split("/").at(-1) ?? name) : name}`;
}

function parted(reference: string): { name: string; tag: string } {
  const plain = reference.replace(`${REGISTRY}/`, "");
  const colon = plain.lastIndexOf(":");
  if (colon <= plain.lastIndexOf("/")) return { name: plain, tag: "latest" };
  return { name: plain.slice(0, colon), tag: plain.slice(colon + 1) };
}

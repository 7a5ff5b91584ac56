/** The layers of an image as badges: number, instruction, and the hue of the slab on the stage. */
import { slabKind, stack, type SlabKind } from "../../scene/select";
import type { Layer, Scene } from "../../scene/types";
import { excerpt } from "../../scene/words";
import { hueOf, type Hue } from "../stage/kinds";

export interface LayerMark {
  readonly digest: string;
  /** From 1, the base being the lowest. */
  readonly number: number;
  /** The instruction's keyword. */
  readonly instruction: string;
  /** The instruction as written, on one line. */
  readonly text: string;
  readonly kind: SlabKind;
  readonly hue: Hue;
}

/** The image's layers, the base first; empty when the scene does not know the image. */
export function marksOf(scene: Scene, image: string | null): readonly LayerMark[] {
  if (image === null) return [];
  const slabs = stack(scene, image);
  // The same layer may lie in an image twice: it is one layer, told by its lower place.
  const first = slabs.filter(
    ({ digest }, at) => slabs.findIndex((o) => o.digest === digest) === at,
  );
  return first.map((slab) => ({
    digest: slab.digest,
    number: slab.index + 1,
    instruction: slab.instruction || "layer",
    text: excerpt(slab.text || slab.instruction),
    kind: slab.kind,
    hue: hueOf(slab.kind),
  }));
}

/** A layer that no image of the lab has any more stands alone. */
export function loneMark(layer: Layer): LayerMark {
  const kind = layer.base ? "base" : slabKind(layer.instruction);
  const { digest, instruction } = layer;
  const text = excerpt(layer.text || instruction);
  return { digest, number: 1, instruction: instruction || "layer", text, kind, hue: hueOf(kind) };
}

/** The image in which a layer is looked at: the one in focus if it has it, else the newest that has. */
export function imageWith(scene: Scene, layer: string, focus: string | null): string | null {
  const having = scene.images.filter((image) => image.layers.includes(layer));
  return (having.find((image) => image.digest === focus) ?? having.at(-1))?.digest ?? null;
}

/** `layer 3, COPY app.py .`; a container's own layer has no mark. */
export function markWords(mark: LayerMark | undefined): string {
  return mark ? `layer ${mark.number}, ${mark.text}` : "its own layer";
}

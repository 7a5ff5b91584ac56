/** What a tape tells of the layers that a step left: how much, never which files. */
import { layerOf } from "../../scene/lookup";
import type { Scene, Step } from "../../scene/types";
import { bytes, count } from "../../scene/words";

/** `Its layer: 456 B, 1 file or folder added.`; empty for a step without one. */
export function layersInWords(scene: Scene, step: Step): string {
  if (step.layers.length === 0) return "";
  const told = step.layers.map((digest) => layerOf(scene, digest));
  const sum = (part: "size" | "added" | "modified" | "deleted"): number =>
    told.reduce((total, layer) => total + (layer?.[part] ?? 0), 0);
  const [added, modified, deleted] = [sum("added"), sum("modified"), sum("deleted")];
  const files = (number: number): string => count(number, "file or folder", "files and folders");
  const parts = [
    bytes(sum("size")),
    added > 0 ? `${files(added)} added` : "",
    modified > 0 ? `${files(modified)} changed` : "",
    deleted > 0 ? `${files(deleted)} deleted` : "",
  ];
  const whose = told.length === 1 ? "Its layer" : `Its ${told.length} layers`;
  return `${whose}: ${parts.filter((part) => part !== "").join(", ")}.`;
}

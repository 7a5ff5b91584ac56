/** What is selected on the page, and where it moves when things come and go. */
import type { Scene } from "../../scene/types";
import { onStage } from "../stage/onstage";
import type { Selected } from "../stage/selection";

/** The container before or after the selected one, around the end; null when there is none. */
export function neighbour(scene: Scene, selected: string | null, by: 1 | -1): string | null {
  const ids = scene.containers.map((container) => container.id);
  if (ids.length === 0) return null;
  const at = selected === null ? -1 : ids.indexOf(selected);
  if (at === -1) return (by === 1 ? ids[0] : ids.at(-1)) ?? null;
  return ids[(at + by + ids.length) % ids.length] ?? null;
}

/** The image that Run means: the one on the stage; while a build stands there, the newest tagged one. */
export function imageInFocus(scene: Scene, chosen: string | null): string | null {
  const shown = onStage(scene, chosen);
  if (shown.what === "image") return shown.image.digest;
  const tagged = scene.images.filter((image) => image.tags.length > 0);
  return (tagged.at(-1) ?? scene.images.at(-1))?.digest ?? null;
}

/** True while the selected thing is still in the scene. */
export function isThere(scene: Scene, selection: Selected): boolean {
  switch (selection.kind) {
    case "container":
      return scene.containers.some((container) => container.id === selection.id);
    case "image":
      return scene.images.some((image) => image.digest === selection.id);
    case "layer":
      return Object.hasOwn(scene.layers, selection.id);
    case "build":
      return scene.builds.some((build) => String(build.build) === selection.id);
    case "step":
      return scene.builds.some((build) => String(build.build) === selection.id.split(":")[0]);
  }
}

/** How many more containers the lab takes; what the engine does not limit is not limited here. */
export function room(scene: Scene): number {
  const most = scene.limits["containers"];
  return most === undefined ? 20 : Math.max(0, most - scene.containers.length);
}

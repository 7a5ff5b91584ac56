/** What the engine had to say by itself: which of the scene's notices the page still has to tell. */
import type { Notice, Scene } from "../../scene/types";
import type { Place } from "./notices";

export interface News {
  readonly title: string;
  readonly place: Place;
}

/** The notices after `seq`, worded and put where they belong. */
export function news(scene: Scene, seq: number): News[] {
  return scene.notices
    .filter((notice) => notice.seq > seq && notice.kind !== "lost")
    .map((notice) => ({ title: notice.text, place: placeOf(notice, scene) }));
}

function placeOf(notice: Notice, scene: Scene): Place {
  const [kind, id] = (notice.subject ?? "").split(":");
  if (kind === "build") return "build";
  const container = kind === "exec" ? scene.execs[id ?? ""]?.container : id;
  const known = scene.containers.some((each) => each.id === container);
  return known ? `container:${container ?? ""}` : "page";
}

/** What is selected on the stage of a recording, as a step of the build whose steps are listed. */
import type { Scene } from "../../scene/types";
import type { Selected } from "../stage/selection";
import { newestBuild } from "../steps/steps";

/** As `build:step`: the step, or the one of the newest build that the layer came of; else null. */
export function stepPointedAt(scene: Scene, selected: Selected | null): string | null {
  if (selected?.kind === "step") return selected.id;
  const build = newestBuild(scene.builds);
  if (selected?.kind !== "layer" || !build) return null;
  const step = build.steps.find(({ layers }) => layers.includes(selected.id));
  return step ? `${build.build}:${step.step}` : null;
}

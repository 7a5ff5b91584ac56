/** The dialog that sends an image to the lab's registry: what it proposes, and what it will do. */
import type { AnyCommand } from "../../events/generated";
import { imageOf } from "../../scene/lookup";
import { pushName, REGISTRY } from "../../scene/registry";
import type { Scene } from "../../scene/types";
import { tagProblem } from "../lab/run-form";

/** The name that the dialog proposes for an image. */
export function proposal(subject: string, scene: Scene): string {
  return pushName(imageOf(scene, subject));
}

/** Why the image cannot go there under this name; null when it can. */
export function pushProblem(name: string): string | null {
  const problem = tagProblem(name);
  if (problem !== null) return problem;
  if (name.startsWith(`${REGISTRY}/`)) return null;
  return `Begin with ${REGISTRY}/ – a name says which registry it is for, and this is the only one here.`;
}

/** What has to be done, in order: an image goes to the registry that one of its names begins with. */
export function pushCommands(subject: string, name: string, scene: Scene): readonly AnyCommand[] {
  const last = name.slice(name.lastIndexOf("/") + 1);
  const full = last.includes(":") ? name : `${name}:latest`;
  const push: AnyCommand = { type: "image.push", tag: full };
  if (imageOf(scene, subject)?.tags.includes(full)) return [push];
  return [{ type: "image.tag", image: subject, tag: full }, push];
}

/** The dialogs that ask for one name: commit, rename, tag. */
import type { AnyCommand } from "../../events/generated";
import type { Scene } from "../../scene/types";
import { containerOf, imageOf } from "../../scene/lookup";
import { imageName } from "../../scene/select";
import { nameProblem, tagProblem } from "../lab/run-form";

export type Naming = "commit" | "rename" | "tag";

export interface NamingWords {
  readonly title: string;
  readonly explains: string;
  readonly label: string;
  readonly confirm: string;
  readonly suggestion: string;
}

/** What the dialog says about its subject (a container's id or an image's digest). */
export function namingWords(naming: Naming, subject: string, scene: Scene): NamingWords {
  const container = containerOf(scene, subject);
  const image = imageOf(scene, subject);
  switch (naming) {
    case "commit":
      return {
        title: `Commit ${container?.name ?? "the container"}`,
        explains:
          "Its writable layer becomes a read-only layer on top of the same stack: a new image. The container goes on as it is.",
        label: "Name of the new image",
        confirm: "Commit",
        suggestion: `${(container?.name ?? "my-app").toLowerCase().replace(/[^a-z0-9]+/g, "-")}-kept:latest`,
      };
    case "rename":
      return {
        title: `Rename ${container?.name ?? "the container"}`,
        explains: "Only the name changes; the id stays.",
        label: "New name",
        confirm: "Rename",
        suggestion: container?.name ?? "",
      };
    case "tag":
      return {
        title: `Tag ${image ? imageName(image) : "the image"}`,
        explains:
          "A tag is one more name for the same image. Nothing is copied; a tag that another image has moves here.",
        label: "Name and tag",
        confirm: "Tag",
        suggestion: "my-app:v1",
      };
  }
}

/** Why the name cannot be given; null when it can. */
export function namingProblem(
  naming: Naming,
  name: string,
  subject: string,
  scene: Scene,
): string | null {
  if (naming !== "rename") return tagProblem(name);
  const others = scene.containers.filter((each) => each.id !== subject);
  if (name === "") return "Give it a name.";
  return nameProblem(
    name,
    others.map((each) => each.name),
  );
}

export function namingCommand(naming: Naming, name: string, subject: string): AnyCommand {
  switch (naming) {
    case "commit":
      return { type: "container.commit", container: subject, tag: name };
    case "rename":
      return { type: "container.rename", container: subject, name };
    case "tag":
      return { type: "image.tag", image: subject, tag: name };
  }
}

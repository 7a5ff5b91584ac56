/** What a destructive command would lose, in words: the question asked before it is sent. */
import type { AnyCommand } from "../../events/generated";
import type { Container, Image, Scene } from "../../scene/types";
import { list } from "../../scene/words";
import { notableChanges } from "../stage/containers";

export interface Question {
  readonly title: string;
  /** One sentence each: what will be gone, what stays. */
  readonly lost: readonly string[];
  readonly kept: readonly string[];
  /** What the confirming button says. */
  readonly confirm: string;
}

/** The question for a command; null when it loses nothing that the learner made. */
export function questionFor(command: AnyCommand, scene: Scene): Question | null {
  switch (command.type) {
    case "container.remove":
      return aboutContainer(containerOf(scene, command.container), scene);
    case "image.remove":
      return aboutImage(imageOf(scene, command.image), command.image);
    default:
      return null;
  }
}

export function aboutFile(path: string): Question {
  return {
    title: `Delete ${path}?`,
    lost: ["The file and what is in it."],
    kept: ["Images already built keep the copy that they were built with."],
    confirm: "Delete the file",
  };
}

function aboutContainer(container: Container | undefined, scene: Scene): Question | null {
  if (!container) return null;
  const runs = container.state === "running" || container.state === "paused";
  if (!runs && container.changes.length === 0) return null;
  const image = scene.images.find((each) => each.digest === container.image);
  // What is there only for a step that was entered goes with the last container on it.
  const others = scene.containers.filter((each) => each.image === container.image).length > 1;
  const keeps =
    image?.entered && !others ? "goes with it; entering the step makes it again" : "stays as it is";
  const lost = [];
  if (runs) lost.push("Its process, which is still running, is killed.");
  if (container.changes.length > 0) lost.push(changeWords(container));
  return {
    title: `Remove the container ${container.name}?`,
    lost,
    kept: [`The image ${image?.tags[0] ?? "it was made from"} ${keeps}.`],
    confirm: runs ? "Stop and remove it" : "Remove it",
  };
}

function aboutImage(image: Image | undefined, ref: string): Question {
  const others = image ? image.tags.filter((tag) => tag !== ref) : [];
  const name = image?.tags[0] ?? ref;
  if (image && image.tags.includes(ref) && others.length > 0) {
    return {
      title: `Take the tag ${ref} off the image?`,
      lost: ["The tag."],
      kept: [`The image itself; it is still called ${others.join(", ")}.`],
      confirm: "Remove the tag",
    };
  }
  return {
    title: `Remove the image ${name}?`,
    lost: ["The image, and the layers that no other image uses."],
    kept: ["Your files. Build makes the image again."],
    confirm: "Remove the image",
  };
}

function changeWords(container: Container): string {
  // A folder counts as changed when something in it does; it is the files that are missed.
  const paths = notableChanges(container.changes).map((change) => change.path);
  return `Its writable layer: ${list(paths, 5)}.`;
}

function containerOf(scene: Scene, ref: string): Container | undefined {
  return scene.containers.find((each) => each.id === ref || each.name === ref);
}

function imageOf(scene: Scene, ref: string): Image | undefined {
  return scene.images.find((each) => each.digest === ref || each.tags.includes(ref));
}

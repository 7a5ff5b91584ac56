/** Entering a finished step: whether it can be, and what follows when it was. */
import type { Build, Step } from "../../scene/types";
import type { Lab } from "../lab/lab.svelte";

/** The lab, as far as entering a step concerns it. */
export type Entering = Pick<
  Lab,
  "owner" | "pastReason" | "connection" | "room" | "commander" | "openShell" | "select"
>;

/** Only what came to its end has left an image. */
export function canBeEntered(step: Step): boolean {
  return step.state === "done" || step.state === "cached";
}

/** Why the step cannot be entered now; null when it can. */
export function reasonAgainstEntering(lab: Entering, build: Build): string | null {
  if (!lab.owner) return "Only the lab’s owner can enter a step; you are watching.";
  if (lab.pastReason !== null) return lab.pastReason;
  if (build.state === "running" || build.state === "queued")
    return "Wait until the build has ended.";
  if (lab.connection.kind !== "open") return "Not connected to the lab right now.";
  if (lab.room === 0) return "The lab is full. Remove a container first.";
  return null;
}

/** A container of the step, and its shell; without a shell in the image, words and the container. */
export async function enter(lab: Entering, build: number, step: number): Promise<void> {
  const key = keyOf(build, step);
  const result = await lab.commander.perform({ type: "step.enter", build, step }, "build", key);
  if (result === null || typeof result.container !== "string") return;
  if (result.same === false)
    lab.commander.mention(
      `This is step ${step} made anew, not quite as build ${build} had it.`,
      "Its base image is another by now, or the build cache had lost a step and it ran again.",
      `container:${result.container}`,
    );
  if (result.started === true) return lab.openShell(result.container);
  lab.select("container", result.container);
  lab.commander.mention(
    "This image has no shell at this step, so nothing runs in the container.",
    "It is there all the same: open its files with X-ray, which needs no program inside.",
    `container:${result.container}`,
  );
}

/** What the commander calls it while it waits for the answer. */
export function keyOf(build: number, step: number): string {
  return `enter:${build}:${step}`;
}

/**
 * Which layers have just come to the stage, and when each lands: one after another, also when a
 * build is so quick that all of them are there with one frame.
 */
import { difference } from "../../scene/difference";
import type { Scene } from "../../scene/types";
import type { Slab } from "./stacks";

/** Milliseconds from one landing to the next. */
const GAP = 110;
const GAP_CACHED = 45;

/** Nobody waits longer than this for what is there already. */
const LONGEST = 1400;

/** Milliseconds to wait, by what has come: a step of a build, or a committed layer's digest. */
export type Landings = ReadonlyMap<string, number>;

export class Arrivals {
  #before: Scene | null = null;
  #free = 0;

  /** What is new in this scene. `now` in milliseconds; not `on`: it is drawn at once. */
  follow(scene: Scene, on: boolean, now: number): Landings {
    const changes = this.#before && on ? difference(this.#before, scene) : [];
    this.#before = scene;
    const landings = new Map<string, number>();
    for (const change of changes) {
      if (change.kind === "layer-appeared" || change.kind === "layer-was-cached") {
        const gap = change.kind === "layer-was-cached" ? GAP_CACHED : GAP;
        landings.set(stepKey(change.build, change.step), this.#land(now, gap));
      } else if (change.kind === "committed" && change.layer !== null) {
        landings.set(change.layer, this.#land(now, GAP));
      }
    }
    return landings;
  }

  #land(now: number, gap: number): number {
    const at = Math.min(Math.max(now, this.#free), now + LONGEST);
    this.#free = at + gap;
    return at - now;
  }
}

/** Milliseconds until this slab lands; null when it has been there before. */
export function landingOf(landings: Landings, build: number | null, slab: Slab): number | null {
  const key = slab.step && build !== null ? stepKey(build, slab.step.step) : slab.digest;
  return (key === null ? undefined : landings.get(key)) ?? null;
}

function stepKey(build: number, step: number): string {
  return `${build}:${step}`;
}

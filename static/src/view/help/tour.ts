/** The first-time visitor's three steps: shown once, and never again once closed. */
import type { Scene } from "../../scene/types";
import type { Memory } from "../lab/storage";

export interface TourStep {
  /** The `data-tour` name of the place that the step talks about. */
  readonly place: "files" | "stage" | "discoveries";
  readonly title: string;
  readonly text: string;
  /** True when what the step asks for was done between the two scenes. */
  done(before: Scene, after: Scene): boolean;
}

export const TOUR: readonly TourStep[] = [
  {
    place: "files",
    title: "Write a Dockerfile, press Build",
    text: "These files are the build context. Build turns the Dockerfile into an image, one step at a time.",
    done: (before, after) => countBuilt(after) > countBuilt(before),
  },
  {
    place: "stage",
    title: "Watch the layers, press Run",
    text: "Each step that changes files adds a read-only layer. Run makes a container: the same layers and one thin layer of its own.",
    done: (before, after) => isMore(before.containers, after.containers),
  },
  {
    place: "discoveries",
    title: "Open a shell, find six things out",
    text: "Write a file in a container’s shell, stop it, start it, remove it: rows under Discoveries tick themselves.",
    done: (before, after) => Object.keys(after.execs).length > Object.keys(before.execs).length,
  },
];

const KEY = "tour";

export class Tour {
  #step: number | null;

  constructor(private readonly memory: Memory) {
    this.#step = memory.get(KEY) === "closed" ? null : 0;
  }

  /** Index of the step shown; null when the tour is closed. */
  get step(): number | null {
    return this.#step;
  }

  next(): void {
    if (this.#step === null) return;
    if (this.#step + 1 < TOUR.length) this.#step += 1;
    else this.close();
  }

  /** Goes on when the learner did what the step asks; the step shown then, null once it is closed. */
  follow(before: Scene, after: Scene): number | null {
    while (this.#step !== null && TOUR[this.#step]?.done(before, after)) this.next();
    return this.#step;
  }

  back(): void {
    if (this.#step !== null && this.#step > 0) this.#step -= 1;
  }

  close(): void {
    this.#step = null;
    this.memory.set(KEY, "closed");
  }

  /** From the help sheet; the memory stays closed, so it does not come back by itself. */
  replay(): void {
    this.#step = 0;
  }
}

function countBuilt(scene: Scene): number {
  return scene.builds.filter((build) => build.state === "built").length;
}

/** True when there is one that was not there before; how many went meanwhile says nothing. */
function isMore(before: Scene["containers"], after: Scene["containers"]): boolean {
  const known = new Set(before.map(({ id }) => id));
  return after.some(({ id }) => !known.has(id));
}

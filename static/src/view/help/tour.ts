/** The first-time visitor's three steps: shown once, and never again once closed. */
import type { Memory } from "../lab/storage";

export interface TourStep {
  /** The `data-tour` name of the place that the step talks about. */
  readonly place: "files" | "stage" | "discoveries";
  readonly title: string;
  readonly text: string;
}

export const TOUR: readonly TourStep[] = [
  {
    place: "files",
    title: "Write a Dockerfile, press Build",
    text: "These files are the build context. Build turns the Dockerfile into an image, one step at a time.",
  },
  {
    place: "stage",
    title: "Watch the layers, press Run",
    text: "Each step that changes files adds a read-only layer. Run makes a container: the same layers and one thin layer of its own.",
  },
  {
    place: "discoveries",
    title: "Find six things out",
    text: "Stop, start, remove, write a file: a row ticks itself when your own lab has proved it.",
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

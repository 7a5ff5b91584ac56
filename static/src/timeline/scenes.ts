/** The scene at any position of a tape, with a scene kept now and then so that going back is cheap. */
import type { AnyEvent } from "../events/generated";
import { emptyScene, reduce } from "../scene/reduce";
import type { Scene } from "../scene/types";

/** Events between two scenes kept. They share what did not change, so one costs little. */
export const KEPT_EVERY = 250;

export class Scenes {
  readonly #kept: Scene[] = [emptyScene()];
  #last = { position: 0, scene: emptyScene() };

  /** The scene after the first `position` events, which must be there. */
  at(events: readonly AnyEvent[], position: number): Scene {
    let { position: from, scene } = this.#nearest(position);
    while (from < position) {
      const event = events[from];
      if (!event) break;
      scene = reduce(scene, event);
      from += 1;
      if (from % KEPT_EVERY === 0) this.#kept[from / KEPT_EVERY] ??= scene;
    }
    this.#last = { position: from, scene };
    return scene;
  }

  #nearest(position: number): { position: number; scene: Scene } {
    const index = Math.min(Math.floor(position / KEPT_EVERY), this.#kept.length - 1);
    const kept = { position: index * KEPT_EVERY, scene: this.#kept[index] ?? emptyScene() };
    const { position: last } = this.#last;
    return last <= position && last >= kept.position ? this.#last : kept;
  }
}

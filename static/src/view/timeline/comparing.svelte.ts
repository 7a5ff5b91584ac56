/** The comparison of two moments: the one that was pinned, while the other is looked for. */
import type { Scene } from "../../scene/types";
import type { Snapshot } from "../../timeline/timeline";

export interface Pinned {
  readonly position: number;
  readonly scene: Scene;
}

export class Comparing {
  /** The moment compared from; null while nothing is compared. */
  pinned = $state.raw<Pinned | null>(null);

  pin({ at, scene }: Pick<Snapshot, "at" | "scene">): void {
    this.pinned = { position: at, scene };
  }

  stop(): void {
    this.pinned = null;
  }
}

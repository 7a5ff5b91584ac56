/** A recording has no list of a layer's files, so nothing is known of where a changed file came from. */
import type * as whole from "../../stage/origins.svelte";

type Asked = Pick<whole.Origins, "follow" | "of" | "nameOf" | "marks">;

export class Origins implements Asked {
  follow(): void {
    // There is no site to ask.
  }

  of(): null {
    return null;
  }

  nameOf(): null {
    return null;
  }

  marks(): ReadonlyMap<string, readonly string[]> {
    return new Map();
  }
}

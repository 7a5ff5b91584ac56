/** Buttons that are not there never wait: this takes the place of who waits for what. */
import type * as whole from "../../stage/busy.svelte";

export class Busy implements Pick<whole.Busy, "is" | "during"> {
  is(): boolean {
    return false;
  }

  during(): void {
    // Nothing can be asked of a recording.
  }
}

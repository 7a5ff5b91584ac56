/** The sentence under a playing recording: the transcript's, of the last thing worth a caption. */
import type { AnyEvent } from "../../events/generated";
import { logOf } from "../transcript/log";

/** Empty before anything has happened. What commands print changes too fast to be read here. */
export function captionOf(events: readonly AnyEvent[], at: number): string {
  return (
    logOf(events)
      .upTo(at)
      .findLast((entry) => entry.tone !== "output")?.text ?? ""
  );
}

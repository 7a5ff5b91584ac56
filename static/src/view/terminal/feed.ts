/** What of an exec's output a terminal has not shown yet. */
import type { Output } from "../../scene/types";

export interface Portion {
  readonly text: string;
  /** Where to go on from next time. */
  readonly shown: number;
  /** True when something between was dropped before it could be shown. */
  readonly gap: boolean;
}

/** `shown` counts the chunks that the terminal was given since the exec began. */
export function unshown(output: Output, shown: number): Portion {
  const from = Math.max(0, shown - output.dropped);
  const text = output.chunks
    .slice(from)
    .map((chunk) => chunk.text)
    .join("");
  return { text, shown: output.dropped + output.chunks.length, gap: shown < output.dropped };
}

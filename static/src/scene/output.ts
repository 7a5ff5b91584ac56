/** Text that a step, a container or an exec wrote, kept within bounds: the newest stays. */
import type { Stream } from "../events/generated";
import type { Output } from "./types";

export const MOST_CHUNKS = 400;
export const MOST_CHARACTERS = 512 * 1024;

export const NO_OUTPUT: Output = { chunks: [], dropped: 0, truncated: false };

/** The output with one more chunk at its end. */
export function append(output: Output, seq: number, stream: Stream, text: string): Output {
  const kept = text.length > MOST_CHARACTERS ? text.slice(-MOST_CHARACTERS) : text;
  const chunks = [...output.chunks, { seq, stream, text: kept }];
  const first = firstKept(chunks);
  return {
    chunks: first === 0 ? chunks : chunks.slice(first),
    dropped: output.dropped + first,
    truncated: output.truncated,
  };
}

/** The output with the mark that something of it was left out by a limit. */
export function truncate(output: Output): Output {
  return output.truncated ? output : { ...output, truncated: true };
}

/** All of it as one text. */
export function textOf(output: Output): string {
  return output.chunks.map((chunk) => chunk.text).join("");
}

function firstKept(chunks: readonly { readonly text: string }[]): number {
  const earliest = Math.max(0, chunks.length - MOST_CHUNKS);
  let characters = 0;
  for (let index = chunks.length - 1; index >= earliest; index -= 1) {
    characters += chunks[index]?.text.length ?? 0;
    if (characters > MOST_CHARACTERS) return index + 1;
  }
  return earliest;
}

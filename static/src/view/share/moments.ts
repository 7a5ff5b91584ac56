/** Moments of a tape in words, to choose from: nobody has to know that an address says `e24`. */
import type { AnyEvent } from "../../events/generated";
import { excerpt } from "../../scene/words";
import { momentOf, parseMoment } from "../../timeline/moment";
import { clock, logOf } from "../transcript/log";

export interface Choice {
  /** As in an address. */
  readonly value: string;
  readonly words: string;
}

/** A list of more is no help; what is left out can be typed. */
const MOST = 200;
const LONGEST = 72;

/**
 * What happened on a tape of `head` events, what was chosen already, and the end. `shown` is the
 * moment on the stage: its author may just have looked for it.
 */
export function choicesOf(
  events: readonly AnyEvent[],
  head: number,
  shown: number,
  chosen: readonly string[] = [],
): readonly Choice[] {
  const told = logOf(events)
    .upTo(head)
    .filter(({ tone }) => tone === "milestone")
    .slice(-MOST)
    .map(({ seq }) => seq);
  const exact = chosen.map(parseMoment).map((moment) => {
    return moment && "position" in moment ? moment.position : 0;
  });
  const positions = [...new Set([...told, ...exact, shown])]
    .filter((position) => position > 0 && position < head)
    .sort((a, b) => a - b);
  return [
    ...positions.map((position) => ({
      value: momentOf(position),
      words: `${wordsAt(position, events)}${position === shown ? " (shown now)" : ""}`,
    })),
    { value: momentOf(head), words: `The end: ${wordsAt(head, events)}` },
  ];
}

/** The time on the tape, and what had just happened: `0:07 Image my-app:latest was built`. */
export function wordsAt(position: number, events: readonly AnyEvent[]): string {
  const said = logOf(events).at(position)?.text.replace(/\.$/, "") ?? "Nothing has happened yet";
  return `${timeAt(position, events)} ${excerpt(said, LONGEST)}`;
}

/** The time on the tape at a position: `0:07`. */
export function timeAt(position: number, events: readonly AnyEvent[]): string {
  return clock(events[position - 1]?.at_ms ?? 0);
}

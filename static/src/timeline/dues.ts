/**
 * Where each event of a tape lies on the bar, in milliseconds from the bar's beginning: as recorded, or
 * at an even pace, where idle time is shortened and what is seen gets time to be seen.
 */
import type { AnyEvent } from "../events/generated";

/**
 * Milliseconds that stand before an event at the least, at an even pace; 0 for what shows nothing of
 * its own. An embedded build takes a few milliseconds a step, too little to follow or to point at.
 */
const LEAST: Partial<Record<AnyEvent["type"], number>> = {
  "build.started": 900,
  "step.started": 260,
  "step.cached": 200,
  "layer.created": 420,
  "config.changed": 360,
  "step.failed": 700,
  "image.built": 700,
  "image.committed": 1400,
  "container.created": 1100,
  "container.changed": 1100,
  "container.paused": 1000,
  "container.resumed": 1000,
  "container.exited": 1200,
  "container.started": 200,
  "container.removed": 1300,
};

/** No pause is longer at an even pace. */
export const LONGEST_PAUSE_MS = 1500;

/** What a program does by itself, while nobody does anything. */
const BY_ITSELF: ReadonlySet<string> = new Set<AnyEvent["type"]>([
  "container.changed",
  "container.measured",
  "container.output",
  "output.truncated",
]);

/** All that programs do by themselves between two other events takes no longer at an even pace. */
export const LONGEST_LULL_MS = 12_000;

/** Follows a tape that grows at its end. */
export class Dues {
  readonly #recorded: number[] = [];
  readonly #even: number[] = [];
  /** The tape's own time of the last event taken; it never goes back. */
  #before = 0;
  /** Of the even pace, since something happened that no program did by itself. */
  #lull = 0;

  /**
   * `first`: the position at which the bar begins; what lies before it is due at 0.
   * `longest`: of a pause, at an even pace.
   */
  constructor(
    readonly first = 0,
    private readonly longest = LONGEST_PAUSE_MS,
  ) {}

  get head(): number {
    return this.#recorded.length;
  }

  /** Takes the events that it does not have yet. */
  follow(events: readonly AnyEvent[]): void {
    for (let index = this.head; index < events.length; index += 1) {
      const event = events[index];
      if (event) this.#take(event, index);
    }
  }

  #take(event: AnyEvent, index: number): void {
    const begins = index === 0 || index < this.first;
    const gap = begins ? 0 : Math.max(0, event.at_ms - this.#before);
    const least = begins ? 0 : (LEAST[event.type] ?? 0);
    this.#before = begins ? event.at_ms : Math.max(this.#before, event.at_ms);
    this.#recorded.push((this.#recorded.at(-1) ?? 0) + gap);
    const pause = Math.max(least, Math.min(this.longest, gap));
    const idle = BY_ITSELF.has(event.type);
    const kept = idle ? Math.min(pause, Math.max(0, LONGEST_LULL_MS - this.#lull)) : pause;
    this.#lull = idle ? this.#lull + kept : 0;
    this.#even.push((this.#even.at(-1) ?? 0) + kept);
  }

  /** When the last event of the position is due. */
  of(position: number, even: boolean): number {
    return this.#axis(even)[Math.min(position, this.head) - 1] ?? 0;
  }

  length(even: boolean): number {
    return this.of(this.head, even);
  }

  /** The position reached after so many milliseconds of the bar. */
  positionAt(ms: number, even: boolean): number {
    if (!(ms > 0)) return Math.min(this.first, this.head);
    const axis = this.#axis(even);
    let low = 0;
    let high = axis.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((axis[middle] ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #axis(even: boolean): readonly number[] {
    return even ? this.#even : this.#recorded;
  }
}

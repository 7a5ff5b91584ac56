/**
 * The events of a lab, gapless and in order, from whatever order they arrive in: what comes early
 * waits, what comes twice is dropped.
 */
import type { AnyEvent } from "../events/generated";

/** Events that wait behind a gap; beyond it they are dropped, and asked for again when it closes. */
export const MOST_WAITING = 5000;

export class Tape {
  readonly #events: AnyEvent[] = [];
  readonly #waiting = new Map<number, AnyEvent>();

  /** The gapless beginning: the event at index `i` has the `seq` `i + 1`. */
  get events(): readonly AnyEvent[] {
    return this.#events;
  }

  /** `seq` of the last event without a gap before it; 0 when there is none. */
  get head(): number {
    return this.#events.length;
  }

  /** `seq` after which events are missing, while later ones wait; else null. */
  get missingAfter(): number | null {
    return this.#waiting.size > 0 ? this.head : null;
  }

  /** Takes events; true when the gapless beginning grew. */
  add(events: Iterable<AnyEvent>): boolean {
    const before = this.head;
    for (const event of events) this.#take(event);
    return this.head > before;
  }

  #take(event: AnyEvent): void {
    const { seq } = event;
    if (!Number.isSafeInteger(seq) || seq <= this.head) return;
    if (seq > this.head + 1) {
      if (this.#waiting.size < MOST_WAITING) this.#waiting.set(seq, event);
      return;
    }
    this.#events.push(event);
    let next = this.#waiting.get(this.head + 1);
    while (next) {
      this.#waiting.delete(next.seq);
      this.#events.push(next);
      next = this.#waiting.get(this.head + 1);
    }
  }
}

/**
 * The tape's time at this moment. Events carry `at_ms` since the lab opened; between them a running
 * step still grows older, and the page shows it.
 */
export class TapeClock {
  #offset: number | null = null;

  /** An event stamped `atMs` was received at `now` of the page's own clock. */
  saw(atMs: number, now: number): void {
    const offset = now - atMs;
    // Transport only ever delays, so the smallest difference is the truest.
    if (this.#offset === null || offset < this.#offset) this.#offset = offset;
  }

  /** Milliseconds on the tape at `now`; 0 before anything was seen. */
  at(now: number): number {
    return this.#offset === null ? 0 : Math.max(0, now - this.#offset);
  }
}

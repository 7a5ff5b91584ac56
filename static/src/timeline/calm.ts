/**
 * Hands on what changes many times a second a few times a second: the first change at once, then the
 * newest of those that came meanwhile. For what stands beside the stage and need not follow each frame.
 */

/** Four times a second is as fast as a list can be read. */
export const CALM_MS = 250;

export class Calm<T> {
  #toldAt = Number.NEGATIVE_INFINITY;
  #newest: { readonly value: T } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly tell: (value: T) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** `atOnce` for what nobody should wait for. */
  take(value: T, atOnce = false): void {
    const rest = this.#toldAt + CALM_MS - this.now();
    if (atOnce || (rest <= 0 && this.#timer === undefined)) {
      this.#tell(value);
      return;
    }
    this.#newest = { value };
    // In a task of its own: what the stage draws and what stands beside it share no frame.
    this.#timer ??= setTimeout(() => {
      if (this.#newest) this.#tell(this.#newest.value);
    }, rest);
  }

  #tell(value: T): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#newest = null;
    this.#toldAt = this.now();
    this.tell(value);
  }
}

/** Hands on only the last of what keeps changing: once nothing new came for a while. */
export class Rested<T> {
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly tell: (value: T) => void,
    private readonly restMs = CALM_MS,
  ) {}

  take(value: T): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.tell(value), this.restMs);
  }

  /** What waits is not handed on. */
  drop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Saving a moment after typing: one save under way at a time, the newest text wins, and a save
 * that failed is tried again with the next change or when asked.
 */

export type SaveState = "saved" | "waiting" | "saving" | "failed";

export interface Clock {
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(timer: number): void;
}

export const browserClock: Clock = {
  setTimeout: (run, ms) => window.setTimeout(run, ms),
  clearTimeout: (timer) => window.clearTimeout(timer),
};

export class Autosave<T> {
  #state: SaveState = "saved";
  #pending: { value: T } | null = null;
  #timer: number | null = null;
  #listeners = new Set<(state: SaveState) => void>();

  constructor(
    private readonly save: (value: T) => Promise<unknown>,
    private readonly delayMs: number = 800,
    private readonly clock: Clock = browserClock,
  ) {}

  get state(): SaveState {
    return this.#state;
  }

  /** True while something typed may not have reached the server. */
  get dirty(): boolean {
    return this.#state !== "saved";
  }

  subscribe(listener: (state: SaveState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  /** Something changed; it is saved when nothing more changes for the delay. */
  changed(value: T): void {
    this.#pending = { value };
    if (this.#state !== "saving") this.#become("waiting");
    this.#disarm();
    this.#timer = this.clock.setTimeout(() => void this.flush(), this.delayMs);
  }

  /** Something else carried the files to the server (a build does): nothing is left to save. */
  forget(): void {
    this.#disarm();
    this.#pending = null;
    if (this.#state !== "saving") this.#become("saved");
  }

  /** Save what waits, now. A failure is told by the state, never thrown. */
  async flush(): Promise<void> {
    this.#disarm();
    if (this.#state === "saving" || this.#pending === null) return;
    const { value } = this.#pending;
    this.#pending = null;
    this.#become("saving");
    try {
      await this.save(value);
    } catch {
      // Kept unless newer text arrived meanwhile, so that a retry has something to send.
      this.#pending ??= { value };
      this.#become("failed");
      return;
    }
    this.#settle();
  }

  #settle(): void {
    if (this.#pending === null) return this.#become("saved");
    this.#become("waiting");
    if (this.#timer === null) void this.flush();
  }

  #disarm(): void {
    if (this.#timer !== null) this.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #become(state: SaveState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

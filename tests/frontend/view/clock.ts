/** A clock that a test moves on by hand, and promises that a test settles by hand. */
import type { Clock } from "@/view/editor/autosave";

export class HandClock implements Clock {
  #now = 0;
  #last = 0;
  readonly #timers = new Map<number, { at: number; run: () => void }>();

  setTimeout(run: () => void, ms: number): number {
    this.#last += 1;
    this.#timers.set(this.#last, { at: this.#now + ms, run });
    return this.#last;
  }

  clearTimeout(timer: number): void {
    this.#timers.delete(timer);
  }

  /** Moves on, and lets what became due run, promises included. */
  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const [timer, { at, run }] of [...this.#timers]) {
      if (at > this.#now) continue;
      this.#timers.delete(timer);
      run();
    }
    await settled();
  }
}

/** Lets every promise that is settled already run on. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve();
}

export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

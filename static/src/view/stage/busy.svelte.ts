/** Which of a place's buttons wait for an answer. */
import { SvelteSet } from "svelte/reactivity";

export class Busy {
  readonly #names = new SvelteSet<string>();

  is(name: string): boolean {
    return this.#names.has(name);
  }

  /** Busy from now until what `act` began is settled, well or not. */
  during(name: string, act: () => unknown): void {
    const answer = act();
    if (!(answer instanceof Promise)) return;
    this.#names.add(name);
    const over = (): void => void this.#names.delete(name);
    // What went wrong is told by whoever gave the action; here it only ends the waiting.
    answer.then(over, over);
  }
}

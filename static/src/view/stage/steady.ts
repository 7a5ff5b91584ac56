/** Lists that are the same as before stay the same object, so that nothing is drawn again for them. */
export class Steady<T> {
  #last: readonly T[] = [];

  of(items: readonly T[]): readonly T[] {
    const same =
      items.length === this.#last.length && items.every((item, at) => item === this.#last[at]);
    if (!same) this.#last = items;
    return this.#last;
  }
}

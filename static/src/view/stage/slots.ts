/**
 * Which elements show what. What is drawn without moving, as while scrubbing, is drawn into the
 * elements of what has gone: making them anew is most of what a jump costs. What moves gets its own.
 */
export class Slots {
  #taken: ReadonlyMap<string, number> = new Map();
  #next = 0;

  /** A key for each of these names, no two alike; the same as before for those shown before. */
  of(names: readonly string[], moving: boolean): readonly number[] {
    const shown = new Set(names);
    const left = moving ? [] : [...this.#taken].filter(([name]) => !shown.has(name));
    const free = left.map(([, key]) => key);
    const keys = names.map((name) => this.#taken.get(name) ?? free.shift() ?? this.#next++);
    this.#taken = new Map(names.map((name, at) => [name, keys[at] ?? 0]));
    return keys;
  }
}

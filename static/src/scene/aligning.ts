/** Two lists side by side: the longest list of equal entries that both have in the same order. */

export interface Pair {
  readonly then: number;
  readonly now: number;
}

/** Indexes of what stayed, in order. Equal beginnings and equal ends are matched first. */
export function aligned(then: readonly string[], now: readonly string[]): readonly Pair[] {
  const head = commonLength(then, now);
  const tail = commonLength(then.slice(head).toReversed(), now.slice(head).toReversed());
  const middle = longest(
    then.slice(head, then.length - tail),
    now.slice(head, now.length - tail),
  ).map((pair) => ({ then: pair.then + head, now: pair.now + head }));
  const ends = Array.from({ length: tail }, (_, index) => ({
    then: then.length - tail + index,
    now: now.length - tail + index,
  }));
  const begins = Array.from({ length: head }, (_, index) => ({ then: index, now: index }));
  return [...begins, ...middle, ...ends];
}

function commonLength(then: readonly string[], now: readonly string[]): number {
  const most = Math.min(then.length, now.length);
  let length = 0;
  while (length < most && then[length] === now[length]) length += 1;
  return length;
}

/** The textbook's table: `lengths[i][j]` is of what is left from `i` and `j` on. */
function longest(then: readonly string[], now: readonly string[]): readonly Pair[] {
  const lengths = then.map(() => new Array<number>(now.length + 1).fill(0));
  lengths.push(new Array<number>(now.length + 1).fill(0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = then.length - 1; i >= 0; i -= 1) {
    const row = lengths[i] ?? [];
    for (let j = now.length - 1; j >= 0; j -= 1) {
      row[j] = then[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < then.length && j < now.length) {
    if (then[i] === now[j]) pairs.push({ then: i++, now: j++ });
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

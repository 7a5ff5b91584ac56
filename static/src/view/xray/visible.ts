/** Which rows of a long tree are drawn: those that can be seen, a few around them, and the active one. */

/** Pixels; the same for every row, so that a row's place is known without drawing it. */
export const ROW = 28;
const AROUND = 12;

export interface Span {
  readonly from: number;
  /** The first that is not drawn any more. */
  readonly to: number;
}

/**
 * The rows between two heights, in pixels below the tree's upper edge. Where nothing is laid out
 * (both are 0) the first rows are.
 */
export function spanOf(rows: number, top: number, bottom: number): Span {
  const from = Math.max(0, Math.floor(top / ROW) - AROUND);
  const to = Math.min(rows, Math.ceil(Math.max(bottom, 0) / ROW) + AROUND);
  return from < to ? { from, to } : { from: 0, to: Math.min(rows, 2 * AROUND) };
}

/** The indexes to draw, in order. The active row stays, for it has the focus. */
export function drawn({ from, to }: Span, active: number, rows: number): readonly number[] {
  const inside = Array.from({ length: to - from }, (_, index) => from + index);
  if (active < 0 || active >= rows || (active >= from && active < to)) return inside;
  return active < from ? [active, ...inside] : [...inside, active];
}

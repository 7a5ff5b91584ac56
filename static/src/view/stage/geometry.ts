/**
 * Where things stand: containers in rows above the stack, the tethers that tie each to the one
 * stack, and the arrows between the stacks of a multi-stage build. Pixels; pure.
 */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A container's place; row 0 stands right on the stack, later rows above it. */
export interface Place {
  readonly column: number;
  readonly row: number;
}

/** Between two columns; the tethers of the upper rows go down in it. */
export const GAP = 24;

const CARD = { roomy: 232, compact: 176 } as const;

/** Beyond so many containers each is drawn compactly; its actions show when it is selected. */
const ROOMY = 4;

export function isCompact(count: number): boolean {
  return count > ROOMY;
}

/** Columns for so many cards: as few rows as the width allows, then evenly filled. */
export function columnsFor(width: number, count: number): number {
  if (count === 0) return 1;
  const card = isCompact(count) ? CARD.compact : CARD.roomy;
  const most = Math.max(1, Math.floor((width + GAP) / (card + GAP)));
  const rows = Math.ceil(count / most);
  return Math.min(most, Math.ceil(count / rows));
}

/** The place of the card with this index: the first ones stand nearest to the stack. */
export function placeOf(index: number, columns: number): Place {
  return { column: index % columns, row: Math.floor(index / columns) };
}

export interface Tether {
  readonly path: string;
  /** Where it meets the stack. */
  readonly x: number;
  readonly y: number;
}

/**
 * One line a card to the top of the stack. A card of the lowest row hangs by its middle; one of a
 * higher row goes down the gutter at the left of its column, so that no line crosses a card.
 */
export function tethersOf(
  cards: readonly Rect[],
  columns: number,
  zone: Rect,
  stack: Rect,
): Tether[] {
  const floor = zone.y + zone.height;
  return cards.map((card, index) => {
    const { row, column } = placeOf(index, columns);
    const inGutter = row > 0;
    const x = inGutter
      ? card.x - GAP / 2 + (row - 1) * 3
      : card.x + card.width / 2 + (column % 2 ? 0.5 : 0);
    const start = inGutter
      ? `M ${round(card.x)} ${round(card.y + card.height - 12)} H ${round(x + 6)} ` +
        `Q ${round(x)} ${round(card.y + card.height - 12)} ${round(x)} ` +
        `${round(card.y + card.height - 6)} V ${round(floor)}`
      : `M ${round(x)} ${round(card.y + card.height)} V ${round(floor)}`;
    const end = landing(x, zone, stack);
    const bend = (stack.y - floor) / 2;
    const curve =
      `C ${round(x)} ${round(floor + bend)} ${round(end)} ${round(stack.y - bend)} ` +
      `${round(end)} ${round(stack.y)}`;
    return { path: `${start} ${curve}`, x: round(end), y: round(stack.y) };
  });
}

/** Straight down where the stack is below, else drawn in towards it, in the same order. */
function landing(x: number, zone: Rect, stack: Rect): number {
  const inset = Math.min(24, stack.width / 4);
  const left = stack.x + inset;
  const right = stack.x + stack.width - inset;
  if (zone.x >= stack.x - 1 && zone.x + zone.width <= stack.x + stack.width + 1) {
    return clamp(x, left, right);
  }
  const part = zone.width === 0 ? 0.5 : (x - zone.x) / zone.width;
  return clamp(left + part * (right - left), left, right);
}

/** Beyond this distance another stack may lie between, and the arrow goes over it. */
const BESIDE = 72;

/** A curve from one slab to the side of another, with room for an arrow's head. */
export function arrowPath(from: Rect, to: Rect): string {
  if (from.x + from.width + BESIDE < to.x) return arrowOver(from, to);
  const forwards = from.x + from.width <= to.x;
  const x1 = forwards ? from.x + from.width : from.x;
  const x2 = forwards ? to.x - 6 : to.x + to.width + 6;
  const y1 = from.y + from.height / 2;
  const y2 = to.y + to.height / 2;
  const bend = Math.max(16, Math.abs(x2 - x1) / 2) * (forwards ? 1 : -1);
  return (
    `M ${round(x1)} ${round(y1)} C ${round(x1 + bend)} ${round(y1)} ` +
    `${round(x2 - bend)} ${round(y2)} ${round(x2)} ${round(y2)}`
  );
}

function arrowOver(from: Rect, to: Rect): string {
  const x1 = from.x + from.width / 2;
  const y2 = to.y + to.height / 2;
  const top = Math.min(from.y, to.y) - 40;
  return (
    `M ${round(x1)} ${round(from.y)} C ${round(x1)} ${round(top)} ` +
    `${round(to.x - 96)} ${round(Math.min(top, y2))} ${round(to.x - 6)} ${round(y2)}`
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function round(value: number): number {
  return Math.round(value * 2) / 2;
}

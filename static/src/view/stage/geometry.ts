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

/** The narrowest that a card may be. */
const CARD = { roomy: 232, close: 140 } as const;

/**
 * How much room there is for each container: `roomy` and `close` stand in one row, with all their
 * actions; `dense` ones stand in several, each with the least that tells it from the others.
 */
export type Fit = "roomy" | "close" | "dense";

export function fitOf(width: number, count: number): Fit {
  if (width <= 0 || count <= mostAt(width, CARD.roomy)) return "roomy";
  return count <= mostAt(width, CARD.close) ? "close" : "dense";
}

function mostAt(width: number, card: number): number {
  return Math.max(1, Math.floor((width + GAP) / (card + GAP)));
}

/** Columns for so many cards: as few rows as the width allows, then evenly filled. */
export function columnsFor(width: number, count: number): number {
  if (count === 0) return 1;
  const card = fitOf(width, count) === "roomy" ? CARD.roomy : CARD.close;
  const most = mostAt(width, card);
  const rows = Math.ceil(count / most);
  return Math.min(most, Math.ceil(count / rows));
}

export type Density = "easy" | "snug" | "close" | "tight" | "dense";

/** The most slabs that are drawn so high, the highest first. */
const DENSITIES: readonly (readonly [Density, number])[] = [
  ["easy", 5],
  ["snug", 6],
  ["close", 8],
  ["tight", 12],
  ["dense", Infinity],
];

/** How high slabs are, so that stack and containers fit a stage; lower below several rows. */
export function densityOf(slabs: number, crowded: boolean): Density {
  const at = DENSITIES.findIndex(([, most]) => slabs <= most) + (crowded ? 1 : 0);
  return DENSITIES[at]?.[0] ?? "dense";
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

/** Room between an arrow and what it goes round. */
const CLEAR = 12;

/**
 * From one slab to the side of another, with room for an arrow's head: a curve, or a way over the
 * top of the stacks that stand `between` them.
 */
export function arrowPath(from: Rect, to: Rect, between: readonly Rect[] = []): string {
  if (between.length > 0) return arrowOver(from, to, Math.min(...between.map(({ y }) => y)));
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

/** Up, across above `top`, and where the target lies lower down again in the gap before it. */
function arrowOver(from: Rect, to: Rect, top: number): string {
  const [x1, x2] = [round(from.x + from.width / 2), round(to.x - 6)];
  const y2 = round(to.y + to.height / 2);
  const over = round(Math.min(top, from.y) - CLEAR);
  const across = Math.min(over, y2);
  const start = `M ${x1} ${round(from.y)} V ${across + 8} Q ${x1} ${across} ${x1 + 8} ${across}`;
  if (y2 - across < 16) return `${start} H ${x2 - 24} L ${x2} ${y2}`;
  const gap = x2 - 18;
  return (
    `${start} H ${gap - 8} Q ${gap} ${across} ${gap} ${across + 8} ` +
    `V ${y2 - 8} Q ${gap} ${y2} ${gap + 8} ${y2} H ${x2}`
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function round(value: number): number {
  return Math.round(value * 2) / 2;
}

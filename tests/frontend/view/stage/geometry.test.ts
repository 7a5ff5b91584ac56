import { describe, expect, it } from "vitest";

import {
  arrowPath,
  columnsFor,
  densityOf,
  fitOf,
  placeOf,
  tethersOf,
  type Rect,
} from "@/view/stage/geometry";

const rect = (x: number, y: number, width: number, height: number): Rect => ({
  x,
  y,
  width,
  height,
});

describe("the places of containers", () => {
  it.each([
    [820, 1, 1],
    [820, 3, 3],
    [820, 4, 4],
    [820, 8, 4],
    [820, 10, 5],
    [820, 12, 4],
    [200, 3, 1],
    [0, 5, 1],
  ])("puts %i px and %i containers into %i columns", (width, count, columns) => {
    expect(columnsFor(width, count)).toBe(columns);
  });

  it("fills the row on the stack first, then the one above", () => {
    expect(placeOf(2, 3)).toEqual({ column: 2, row: 0 });
    expect(placeOf(3, 3)).toEqual({ column: 0, row: 1 });
  });

  it.each([
    [820, 3, "roomy"],
    [820, 4, "close"],
    [820, 5, "close"],
    [820, 6, "dense"],
    [1380, 5, "roomy"],
    [1380, 8, "close"],
    [0, 8, "roomy"],
  ])("gives on %i px each of %i containers %s room", (width, count, fit) => {
    expect(fitOf(width, count)).toBe(fit);
  });
});

describe("the height of slabs", () => {
  it("is less the more there are, and less again below several rows of containers", () => {
    expect([5, 6, 8, 12, 13].map((slabs) => densityOf(slabs, false))).toEqual([
      "easy",
      "snug",
      "close",
      "tight",
      "dense",
    ]);
    expect([5, 6, 8, 12, 40].map((slabs) => densityOf(slabs, true))).toEqual([
      "snug",
      "close",
      "tight",
      "dense",
      "dense",
    ]);
  });
});

describe("tethers", () => {
  const stack = rect(0, 300, 600, 200);
  const zone = rect(0, 0, 600, 250);

  it("go straight down where the stack is right below", () => {
    const [tether] = tethersOf([rect(100, 100, 200, 150)], 1, zone, stack);
    expect(tether).toMatchObject({ x: 200, y: 300 });
  });

  it("end on the stack, also from cards that stand beside it", () => {
    const wide = rect(0, 0, 900, 250);
    const cards = [rect(0, 100, 200, 150), rect(350, 100, 200, 150), rect(700, 100, 200, 150)];
    const ends = tethersOf(cards, 3, wide, stack).map((tether) => tether.x);
    expect(ends.every((x) => x >= stack.x && x <= stack.x + stack.width)).toBe(true);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
  });

  it("of a higher row go down beside the cards below, not through them", () => {
    const cards = [rect(20, 140, 200, 110), rect(20, 0, 200, 110)];
    const [, upper] = tethersOf(cards, 1, zone, stack);
    expect(upper?.path).toMatch(/^M 20 98 H 14 Q 8 98 8 104 V 250/);
  });

  it("are none for no cards", () => {
    expect(tethersOf([], 1, zone, stack)).toEqual([]);
  });
});

describe("arrows between stages", () => {
  it("go from side to side where nothing is between", () => {
    expect(arrowPath(rect(0, 0, 100, 40), rect(140, 60, 200, 40))).toMatch(
      /^M 100 20 C .* 134 80$/,
    );
  });

  it("go over the top of a stack that stands between, never through it", () => {
    const between = [rect(140, 60, 100, 200), rect(260, 30, 100, 230)];
    const path = arrowPath(rect(0, 100, 100, 40), rect(400, 160, 200, 40), between);
    expect(path).toBe(
      "M 50 100 V 26 Q 50 18 58 18 H 368 Q 376 18 376 26 V 172 Q 376 180 384 180 H 394",
    );
  });

  it("go straight across to a slab that is higher than what stands between", () => {
    const path = arrowPath(rect(0, 100, 100, 40), rect(400, 0, 200, 40), [rect(140, 60, 100, 200)]);
    expect(path).toBe("M 50 100 V 28 Q 50 20 58 20 H 370 L 394 20");
  });
});

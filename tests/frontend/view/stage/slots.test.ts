import fc from "fast-check";
import { expect, it } from "vitest";

import { Slots } from "@/view/stage/slots";

it("what stays keeps its element, wherever in the row it stands", () => {
  const slots = new Slots();
  const [first, second] = slots.of(["a", "b"], true);
  expect(slots.of(["b", "c", "a"], true)).toEqual([second, 2, first]);
});

it("a jump draws what comes into the elements of what has gone", () => {
  const slots = new Slots();
  const [a, b] = slots.of(["a", "b"], true);
  expect(slots.of(["b", "c", "d"], false)).toEqual([b, a, 2]);
});

it("what moves is never drawn into the element of something else", () => {
  const slots = new Slots();
  const before = slots.of(["a", "b"], true);
  const after = slots.of(["c", "d"], true);
  expect(before.filter((key) => after.includes(key))).toEqual([]);
});

const names = fc.uniqueArray(fc.constantFrom(..."abcdefgh"));

it("keys are never shared, and what stays keeps its own", () => {
  const draws = fc.array(fc.tuple(names, fc.boolean()));
  fc.assert(
    fc.property(draws, (each) => {
      const slots = new Slots();
      let before = new Map<string, number>();
      for (const [row, moving] of each) {
        const keys = slots.of(row, moving);
        expect(new Set(keys).size).toBe(row.length);
        const now = new Map(row.map((name, at) => [name, keys[at] ?? -1]));
        for (const [name, key] of now) expect(before.get(name) ?? key).toBe(key);
        before = now;
      }
    }),
  );
});

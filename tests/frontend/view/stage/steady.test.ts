import { expect, it } from "vitest";

import { Steady } from "@/view/stage/steady";

it("a list of the same items is the same list, and one of others is not", () => {
  const steady = new Steady<object>();
  const [first, second] = [{}, {}];
  const before = steady.of([first, second]);
  expect(steady.of([first, second])).toBe(before);
  expect(steady.of([second, first])).not.toBe(before);
  expect(steady.of([second])).toEqual([second]);
});

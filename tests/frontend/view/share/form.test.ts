// @vitest-environment jsdom
/** The fields of a recording that is to be made, checked before the site is asked. */
import { expect, it, test } from "vitest";

import {
  blanking,
  EMPTY,
  opened,
  orderOf,
  partWords,
  problems,
  type Fields,
} from "@/view/share/form";

import { opened as openLab } from "../lab/opened";

const { lab, build } = (() => {
  const page = openLab();
  return page;
})();
build();
const { events } = lab.snapshot;
const filled: Fields = { ...EMPTY, title: " Two builds " };

it("takes the whole tape when nobody says which part", () => {
  expect(problems(filled, events)).toEqual({});
  expect(orderOf(filled, events)).toEqual({
    title: "Two builds",
    description: "",
    from: 0,
    to: events.length,
    notes: [],
    blank: { output: false, words: [] },
    digest: "",
  });
});

it("reads moments as an address has them", () => {
  const order = orderOf(
    { ...filled, from: "e2", to: "9999", words: "hunter2\n\nhunter2 \n" },
    events,
  );
  expect([order.from, order.to]).toEqual([2, events.length]);
  expect(order.blank.words).toEqual(["hunter2"]);
});

it("writes the present end down, so that what happens meanwhile stays out", () => {
  expect(opened("", 3, 9, true).to).toBe("e9");
  expect(opened("", 3, 9, false).to).toBe("e3");
});

test.each<[string, Partial<Fields>, keyof ReturnType<typeof problems>]>([
  ["no title", { title: "  " }, "title"],
  ["a title that is too long", { title: "x".repeat(121) }, "title"],
  ["a beginning that is no moment", { from: "soon" }, "from"],
  ["an end that is no moment", { to: "e1x" }, "to"],
  ["an end before the beginning", { from: "e5", to: "e4" }, "to"],
  ["a word that is everywhere", { words: "ab" }, "words"],
  ["a note outside of the part", { from: "e5", notes: [{ at: "e2", text: "x" }] }, "notes"],
  ["a note at no moment", { notes: [{ at: "now", text: "x" }] }, "notes"],
  [
    "two notes at one moment",
    {
      notes: [
        { at: "e2", text: "x" },
        { at: "e2", text: "y" },
      ],
    },
    "notes",
  ],
])("says what is wrong with %s", (_what, change, field) => {
  expect(problems({ ...filled, ...change }, events)[field]).toMatch(/\w/);
});

it("leaves out a note without words", () => {
  const notes = [
    { at: "nonsense", text: " " },
    { at: "e3", text: " Look. " },
  ];
  expect(problems({ ...filled, notes }, events)).toEqual({});
  expect(orderOf({ ...filled, notes }, events).notes).toEqual([{ at: 3, text: "Look." }]);
});

it("puts a note without a moment at the beginning of the part", () => {
  const order = orderOf({ ...filled, from: "e2", notes: [{ at: "", text: "Look." }] }, events);
  expect(order.notes).toEqual([{ at: 2, text: "Look." }]);
});

it("says how much is taken", () => {
  expect(partWords({ ...filled, from: "e2", to: "e3" }, events)).toMatch(/^1 event, .*\d.*\.$/);
  expect(partWords({ ...filled, from: "e3", to: "e2" }, events)).toBe("");
});

it("adds words to those that are blanked, one a line and none twice", () => {
  const fields = blanking({ ...filled, words: "hunter2" }, ["hunter2", "-- key\n ab\nabc\n"]);
  expect(fields.words).toBe("hunter2\n-- key\nabc");
});

it("blanks no more words than the site takes", () => {
  const many = Array.from({ length: 60 }, (_, number) => `word-${number}`);
  expect(problems({ ...filled, words: many.join("\n") }, events).words).toMatch(/At most 50/);
  expect(problems(blanking(filled, many), events)).toEqual({});
});

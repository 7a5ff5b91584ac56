import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { lineDifference, wordDifference, type Line } from "@/view/steps/detective/difference";

const lines = (before: string, after: string): Line[] =>
  (lineDifference(before, after) ?? []).flat();
const shown = (all: readonly Line[]): string[] =>
  all.map((line) => `${line.before ?? "-"} ${line.after ?? "-"} ${line.kind} ${line.text}`);

describe("the difference of two files", () => {
  it("is the lines that went and came, with their numbers and their neighbours", () => {
    expect(shown(lines("a\nb\nc\n", "a\nB\nc\nd\n"))).toEqual([
      "1 1 same a",
      "2 - deleted b",
      "- 2 added B",
      "3 3 same c",
      "- 4 added d",
    ]);
  });

  it("leaves out what is far from any change", () => {
    const many = Array.from({ length: 40 }, (_, at) => `line ${at}`);
    const changed = many.with(3, "x").with(30, "y");
    const hunks = lineDifference(many.join("\n"), changed.join("\n"));
    expect(hunks?.map((hunk) => hunk[0]?.before)).toEqual([1, 28]);
  });

  it("tells a line break that is missing at the end", () => {
    expect(lines("a\n", "a").map(({ kind, unended }) => [kind, unended])).toEqual([
      ["deleted", false],
      ["added", true],
    ]);
  });

  it("is all of a file that came", () => {
    expect(shown(lines("", "a\nb\n"))).toEqual(["- 1 added a", "- 2 added b"]);
  });

  it("is not attempted where next to nothing is the same", () => {
    const text = (word: string): string =>
      Array.from({ length: 5000 }, (_, at) => `${word}${at}`).join("\n");
    expect(lineDifference(text("a"), text("b"))).toBeNull();
  });

  it("holds every line of both that is not the same in both", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const all = lines(
          one.map((line) => `${line}\n`).join(""),
          other.map((l) => `${l}\n`).join(""),
        );
        for (const line of all) {
          if (line.before !== null) expect(one[line.before - 1]).toBe(line.text);
          if (line.after !== null) expect(other[line.after - 1]).toBe(line.text);
        }
        const grown = all.filter(({ kind }) => kind === "added").length;
        const shrunk = all.filter(({ kind }) => kind === "deleted").length;
        expect(one.length + grown - shrunk).toBe(other.length);
      }),
    );
  });
});

it("two long instructions with nothing in common are not compared word by word", () => {
  const text = (word: string): string =>
    Array.from({ length: 5000 }, (_, at) => `${word}${at}`).join(" ");
  expect(wordDifference(text("a"), text("b")).map(({ kind }) => kind)).toEqual([
    "deleted",
    "added",
  ]);
});

it("the difference of two instructions can be read off as either of them", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      const pieces = wordDifference(before, after);
      const without = (kind: string): string =>
        pieces.flatMap((piece) => (piece.kind === kind ? [] : [piece.text])).join("");
      expect(without("added")).toBe(before);
      expect(without("deleted")).toBe(after);
    }),
  );
});

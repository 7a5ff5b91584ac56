import { describe, expect, test } from "vitest";

import { Included } from "@/source/included";

import { hex } from "../tapes/maker";

const EVENT = '{"type":"lab.opened","v":1,"seq":1,"at_ms":0}';

/** A recording's text that carries these files. */
function carrying(...files: unknown[]): string {
  const header = { layercake: "recording", format: 1, vocabulary: 1, files };
  return [JSON.stringify(header), EVENT].join("\n");
}

const base64 = (...bytes: number[]): string => Buffer.from(bytes).toString("base64");
const [one, two, three] = [hex("one"), hex("two"), hex("three")];

describe("what a recording carries of its builds' files", () => {
  test("is found by its sum, and what was left out is said to be", () => {
    const included = new Included(carrying({ sha256: one, text: "FROM alpine\n" }));
    expect(included.read(one)).toEqual({ text: "FROM alpine\n", binary: false, truncated: false });
    expect(included.read(two)).toBeNull();
  });

  test("is text, in another writing too, or is told to be none", () => {
    const included = new Included(
      carrying(
        { sha256: one, base64: base64(0x47, 0x72, 0xfc, 0xdf, 0x65) },
        { sha256: two, base64: base64(0x7f, 0x45, 0x00, 0x01) },
        { sha256: three, text: "\ufeffwith a mark at its beginning" },
      ),
    );
    expect(included.read(one)).toEqual({ text: "Gr��e", binary: false, truncated: false });
    expect(included.read(two)).toEqual({ text: "", binary: true, truncated: false });
    expect(included.read(three)?.text).toBe("\ufeffwith a mark at its beginning");
  });

  test("is read up to the size that the site shows of a file, and told to be cut", () => {
    const included = new Included(
      carrying(
        { sha256: one, text: "a".repeat(65_536) },
        { sha256: two, text: "ä".repeat(40_000) },
      ),
    );
    expect(included.read(one)).toMatchObject({ truncated: false });
    expect(included.read(one)?.text).toHaveLength(65_536);
    expect(included.read(two)).toMatchObject({ text: "ä".repeat(32_768), truncated: true });
  });

  test("is found behind empty lines and a mark of the file's own", () => {
    const included = new Included(`\ufeff\n \r\n${carrying({ sha256: one, text: "1" })}\r\n`);
    expect(included.read(one)?.text).toBe("1");
  });

  test.each([
    ["a bare tape", EVENT],
    ["an empty file", ""],
    ["a header alone, that is no JSON", "{"],
    ["files that are no list", carrying().replace("[]", '{"0":1}')],
    ["files that are none", carrying(null, 7, [one], { text: "1" }, { sha256: one, text: 1 })],
    ["what is not base64", carrying({ sha256: one, base64: "*" })],
    ["neither", carrying({ sha256: one })],
  ])("is nothing in %s", (_, text) => {
    expect(new Included(text).read(one)).toBeNull();
    expect(new Included(text).read("constructor")).toBeNull();
  });
});

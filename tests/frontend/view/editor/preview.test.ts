import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { colouredDockerfile, plainLines, type Piece } from "@/view/editor/preview";

const kinds = (line: readonly Piece[] | undefined) =>
  line?.filter((piece) => piece.text !== "").map((piece) => [piece.kind, piece.text]);

describe("a Dockerfile before the editor is there", () => {
  it("has its instructions, strings and comments in colour", () => {
    const [comment, from, cmd] = colouredDockerfile("# base\nfrom alpine\nCMD [\"sh\", '-c']");
    expect(kinds(comment)).toEqual([["comment", "# base"]]);
    expect(kinds(from)).toEqual([
      ["keyword", "from"],
      ["plain", " alpine"],
    ]);
    expect(kinds(cmd)).toEqual([
      ["keyword", "CMD"],
      ["plain", " ["],
      ["string", '"sh"'],
      ["plain", ", "],
      ["string", "'-c'"],
      ["plain", "]"],
    ]);
  });

  it("takes a continued line for what it is, also behind a comment between", () => {
    const lines = colouredDockerfile("RUN a \\\n# why\n  copy b\nCOPY a b");
    expect(kinds(lines[2])).toEqual([["plain", "  copy b"]]);
    expect(kinds(lines[3])?.[0]).toEqual(["keyword", "COPY"]);
  });

  it("is the text again, whatever it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const lines of [colouredDockerfile(text), plainLines(text)]) {
          const back = lines.map((line) => line.map((piece) => piece.text).join("")).join("\n");
          expect(back).toBe(text);
        }
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { applyFix, replacement } from "@/view/editor/fix";

const fix = (line_start: number, line_end: number, text: string) => ({
  title: "Mend it",
  line_start,
  line_end,
  text,
});
const TEXT = "FROM alpine\nRUN ls\nCMD sh\n";

describe("a fix", () => {
  it("replaces whole lines", () => {
    expect(applyFix(TEXT, fix(2, 2, "RUN ls -l"))).toBe("FROM alpine\nRUN ls -l\nCMD sh\n");
    expect(applyFix(TEXT, fix(1, 2, "FROM scratch"))).toBe("FROM scratch\nCMD sh\n");
  });

  it("inserts before a line", () => {
    expect(applyFix(TEXT, fix(2, 1, "WORKDIR /app"))).toBe(
      "FROM alpine\nWORKDIR /app\nRUN ls\nCMD sh\n",
    );
    expect(applyFix("RUN ls", fix(1, 0, "FROM alpine"))).toBe("FROM alpine\nRUN ls");
  });

  it("inserts behind the last line", () => {
    expect(applyFix("FROM alpine", fix(2, 1, "CMD sh"))).toBe("FROM alpine\nCMD sh");
    expect(applyFix("FROM alpine\n", fix(2, 1, "CMD sh"))).toBe("FROM alpine\nCMD sh\n");
  });

  it("deletes lines with their newline", () => {
    expect(applyFix(TEXT, fix(2, 2, ""))).toBe("FROM alpine\nCMD sh\n");
    expect(applyFix("FROM alpine\nRUN ls", fix(2, 2, ""))).toBe("FROM alpine");
    expect(applyFix("FROM alpine", fix(1, 1, ""))).toBe("");
  });

  it("keeps the last line's missing newline missing", () => {
    expect(applyFix("FROM alpine\nCMD sh", fix(2, 2, 'CMD ["sh"]'))).toBe(
      'FROM alpine\nCMD ["sh"]',
    );
  });

  it("keeps CRLF of the lines around", () => {
    expect(applyFix("A\r\nB\r\nC", fix(2, 2, "X"))).toBe("A\r\nX\r\nC");
  });

  it("is not applied to lines that are no longer there", () => {
    expect(replacement("FROM alpine", fix(5, 5, "x"))).toBeNull();
    expect(applyFix("FROM alpine", fix(5, 5, "x"))).toBe("FROM alpine");
  });

  it("changes only the lines that it names", () => {
    const lines = fc.array(fc.stringMatching(/^[a-z ]{0,6}$/), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, fc.nat(7), fc.nat(3), (given, first, more) => {
        const start = Math.min(first, given.length - 1) + 1;
        const end = Math.min(start + more, given.length);
        const now = applyFix(given.join("\n"), fix(start, end, "NEW")).split("\n");
        expect(now).toEqual([...given.slice(0, start - 1), "NEW", ...given.slice(end)]);
      }),
    );
  });
});

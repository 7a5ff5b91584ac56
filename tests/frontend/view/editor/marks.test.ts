import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fold } from "@/scene/reduce";
import { fixNow, lineMarks, movedLines } from "@/view/editor/marks";

import { failing } from "../../tapes/golden";

describe("lines since a build", () => {
  it("stay where nothing changed", () => {
    expect(movedLines("a\nb\nc", "a\nb\nc")).toEqual([1, 2, 3]);
  });

  it("move together behind an inserted line", () => {
    expect(movedLines("a\nb\nc", "a\nNEW\nb\nc")).toEqual([1, 3, 4]);
  });

  it("are forgotten when they were edited", () => {
    expect(movedLines("a\nb\nc", "a\nB\nc")).toEqual([1, null, 3]);
  });

  it("point at the same text wherever they point", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        for (const [at, line] of movedLines(before.join("\n"), after.join("\n")).entries()) {
          if (line !== null) expect(after[line - 1]).toBe(before[at]);
        }
      }),
    );
  });
});

describe("marks of the newest build", () => {
  const build = fold(failing()).builds[0] ?? null;
  const text = build?.dockerfile ?? "";

  it("tell each step's state on its line", () => {
    const failed = build?.steps.find((step) => step.state === "failed");
    expect(failed).toBeDefined();
    expect(lineMarks(build, text)).toContainEqual({
      line: failed?.line_start,
      step: failed?.step,
      state: "failed",
    });
  });

  it("leave a line that is edited, and follow one that moves", () => {
    const failed = build?.steps.find((step) => step.state === "failed")?.line_start ?? 0;
    const lines = text.split("\n");
    const edited = lines.with(failed - 1, `${lines[failed - 1]} --fixed`).join("\n");
    expect(lineMarks(build, edited).some((mark) => mark.state === "failed")).toBe(false);
    const moved = lineMarks(build, `# on top\n${text}`).find((mark) => mark.state === "failed");
    expect(moved?.line).toBe(failed + 1);
  });

  it("are none before the first build", () => {
    expect(lineMarks(null, "FROM x")).toEqual([]);
  });
});

describe("a fix that a build offered", () => {
  const fix = { title: "Mend", line_start: 2, line_end: 2, text: "B!" };

  it("moves with its lines", () => {
    expect(fixNow(fix, "a\nb\nc", "NEW\na\nb\nc")).toMatchObject({ line_start: 3, line_end: 3 });
  });

  it("is taken back when its lines were edited", () => {
    expect(fixNow(fix, "a\nb\nc", "a\nB\nc")).toBeNull();
  });

  it("may insert before a line that is still there", () => {
    const insert = { ...fix, line_start: 2, line_end: 1 };
    expect(fixNow(insert, "a\nb", "x\na\nb")).toMatchObject({ line_start: 3, line_end: 2 });
  });
});

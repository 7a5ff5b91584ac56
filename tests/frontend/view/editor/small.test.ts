import { describe, expect, it } from "vitest";

import { modeOf } from "@/view/editor/mode";
import { countsOf, countWords, keyed } from "@/view/editor/problems";
import { moved } from "@/view/parts/tab-keys";
import { readAll } from "@/view/editor/upload";

const problem = (severity: "error" | "warning" | "hint", code = "x", line: number | null = 1) => ({
  code,
  severity,
  title: "",
  why: "",
  try: "",
  line,
  line_end: null,
  fix: null,
});

describe("problems", () => {
  it("are counted in words", () => {
    const counts = countsOf([problem("error"), problem("hint"), problem("hint")]);
    expect(countWords(counts)).toBe("1 error, 2 hints");
    expect(countWords(countsOf([]))).toBe("No problems found");
  });

  it("have keys of their own, also twice on one line", () => {
    const keys = keyed([problem("error"), problem("error"), problem("error", "y")]).map(
      (e) => e.key,
    );
    expect(new Set(keys).size).toBe(3);
  });
});

it.each([
  ["Dockerfile", "dockerfile"],
  ["build/Dockerfile.dev", "dockerfile"],
  ["app.py", "python"],
  ["run.sh", "shell"],
  ["package.json", "javascript"],
  ["compose.yaml", "yaml"],
  ["README", "plain"],
  ["Dockerfiles.txt", "plain"],
])("%s is read as %s", (path, mode) => {
  expect(modeOf(path)).toBe(mode);
});

it("arrow keys move around the end of a row of tabs", () => {
  expect(moved("ArrowRight", 2, 3)).toBe(0);
  expect(moved("ArrowLeft", 0, 3)).toBe(2);
  expect(moved("End", 0, 3)).toBe(2);
  expect(moved("a", 0, 3)).toBeNull();
  expect(moved("ArrowRight", 0, 0)).toBeNull();
});

describe("uploading", () => {
  const chosen = (name: string, size: number, fails = false) => ({
    name,
    size,
    arrayBuffer: () =>
      fails ? Promise.reject(new Error("a folder")) : Promise.resolve(new ArrayBuffer(size)),
  });

  it("takes what fits and tells what does not", async () => {
    const { read, refused } = await readAll([chosen("a", 6), chosen("b", 6), chosen("c", 4)], 10);
    expect(read.map((each) => each.path)).toEqual(["a", "c"]);
    expect(refused).toEqual([expect.stringMatching(/^b: .*over 10/)]);
  });

  it("tells that a folder cannot be read", async () => {
    const { refused } = await readAll([chosen("folder", 0, true)], 10);
    expect(refused[0]).toMatch(/Choose files, not folders/);
  });
});

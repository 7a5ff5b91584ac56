import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { explain, verdict, verdicts } from "@/scene/cache";
import { fold } from "@/scene/reduce";
import type { CacheVerdict } from "@/scene/types";

import { multistage } from "../tapes/golden";
import { digest, file, TapeMaker, type BuildOrder, type Work } from "../tapes/maker";
import { arbitraryTape } from "./arbitrary";

type Order = Partial<BuildOrder> & { readonly work: readonly Work[] };

const from: Work = {
  text: "FROM alpine",
  makes: "base",
  layers: [{ digest: digest("a"), size: 9 }],
};
const copy: Work = { text: "COPY app.py .", makes: "layer", reads: ["app.py"] };
const run: Work = { text: "RUN make", makes: "layer" };
const cached = (work: Work): Work => ({ ...work, cached: true });

/** The verdicts on the last build's steps, after these builds. */
function judge(...orders: Order[]): CacheVerdict[] {
  const tape = new TapeMaker().open();
  orders.forEach((order, index) => {
    tape.build({ build: index + 1, files: [file("app.py", "1")], ...order });
  });
  const scene = fold(tape.events);
  const build = scene.builds.at(-1);
  return build ? [...verdicts(scene, build).values()] : [];
}

describe("why a step ran", () => {
  test("is that nothing was built before", () => {
    expect(judge({ work: [from, copy] })).toEqual([
      { kind: "first-build" },
      { kind: "first-build" },
    ]);
  });

  test("is nothing for one that came from the cache", () => {
    const verdicts = judge({ work: [from, copy] }, { work: [cached(from), cached(copy)] });
    expect(verdicts).toEqual([{ kind: "cached" }, { kind: "cached" }]);
  });

  test("is that the build was told not to use the cache", () => {
    const verdicts = judge({ work: [from, copy] }, { work: [from, copy], noCache: true });
    expect(verdicts).toEqual([{ kind: "no-cache" }, { kind: "no-cache" }]);
  });

  test("is that a file which it copies is another one, for it; that it ran, for those after it", () => {
    const verdicts = judge(
      { work: [from, copy, run] },
      { work: [cached(from), copy, run], files: [file("app.py", "2")] },
    );
    expect(verdicts[1]).toEqual({
      kind: "files-changed",
      added: [],
      modified: ["app.py"],
      deleted: [],
    });
    expect(verdicts[2]).toEqual({ kind: "earlier-step", step: 2 });
  });

  test("tells files that came and went from those that changed", () => {
    const all = (...reads: string[]): Work => ({ text: "COPY . .", makes: "layer", reads });
    const verdicts = judge(
      { work: [from, all("a", "b")], files: [file("a", "1"), file("b", "1")] },
      { work: [cached(from), all("b", "c")], files: [file("b", "2"), file("c", "1")] },
    );
    expect(verdicts[1]).toEqual({
      kind: "files-changed",
      added: ["c"],
      modified: ["b"],
      deleted: ["a"],
    });
  });

  test("is the instruction, with what it was before", () => {
    const verdicts = judge(
      { work: [from, run] },
      { work: [cached(from), { ...run, text: "RUN make all" }] },
    );
    expect(verdicts[1]).toEqual({
      kind: "instruction-changed",
      before: "RUN make",
      after: "RUN make all",
    });
  });

  test("is that a line was put in before: the lines after it are not called changed", () => {
    const fresh: Work = { text: "RUN echo new", makes: "layer" };
    const verdicts = judge({ work: [from, copy, run] }, { work: [cached(from), fresh, copy, run] });
    expect(verdicts.slice(1)).toEqual([
      { kind: "instruction-changed", before: "", after: "RUN echo new" },
      { kind: "earlier-step", step: 2 },
      { kind: "earlier-step", step: 2 },
    ]);
  });

  test("is that a line which stood before it was taken out", () => {
    const verdicts = judge({ work: [from, copy, run] }, { work: [cached(from), run] });
    expect(verdicts[1]).toEqual({
      kind: "instruction-changed",
      before: "COPY app.py .",
      after: "RUN make",
    });
  });

  test("is a build argument that the step sees, and no other", () => {
    const arg: Work = { text: "ARG MODE", makes: "config" };
    const verdicts = judge(
      { work: [from, copy, arg, run], args: { MODE: "a", OTHER: "a" } },
      {
        work: [cached(from), cached(copy), cached(arg), run],
        args: { MODE: "b", OTHER: "b" },
      },
    );
    expect(verdicts[3]).toEqual({ kind: "argument-changed", names: ["MODE"] });
  });

  test("is that the base image is another one under the same name", () => {
    const newer = { ...from, layers: [{ digest: digest("newer"), size: 9 }] };
    const verdicts = judge({ work: [from, run] }, { work: [newer, run] });
    expect(verdicts).toEqual([{ kind: "base-changed" }, { kind: "earlier-step", step: 1 }]);
  });

  test("is not the base image when that was only looked up again", () => {
    const verdicts = judge(
      { work: [from, run] },
      { work: [from, { ...run, text: "RUN make all" }] },
    );
    expect(verdicts[0]).toEqual({ kind: "unknown" });
    expect(verdicts[1]?.kind).toBe("instruction-changed");
  });

  test("is not that the base image was looked up again, when it is the same one", () => {
    const fails = { ...run, fails: { message: "no", exitCode: 1, diagnosis: null } };
    const verdicts = judge({ work: [from, fails] }, { work: [from, run] });
    expect(verdicts).toEqual([{ kind: "unknown" }, { kind: "first-build" }]);
  });

  test("is that it failed the time before", () => {
    const fails = { ...run, fails: { message: "no", exitCode: 1, diagnosis: null } };
    const verdicts = judge({ work: [from, fails] }, { work: [cached(from), run] });
    expect(verdicts[1]).toEqual({ kind: "first-build" });
  });

  test("is looked for in the newest build of the same tag that carried it out", () => {
    const verdicts = judge(
      { work: [from, run] },
      { work: [from, { ...run, text: "RUN other" }], tag: "other:1" },
      { work: [cached(from), { ...run, text: "RUN make all" }] },
    );
    expect(verdicts[1]).toMatchObject({ before: "RUN make" });
  });

  test("is, across stages, the step that it copies from", () => {
    const stages = (text: string): Work[] => [
      { ...from, stage: 0 },
      { text, makes: "layer", stage: 0 },
      { ...from, stage: 1, cached: true },
      { text: "COPY --from=0 /a /a", makes: "layer", stage: 1, from: [2] },
    ];
    const verdicts = judge({ work: stages("RUN one") }, { work: stages("RUN two") });
    expect(verdicts[3]).toEqual({ kind: "earlier-step", step: 2 });
  });

  test("is not asked of a step that did not run", () => {
    const scene = fold(multistage());
    const build = scene.builds[0];
    const skipped = build?.steps.find((step) => step.state === "skipped");
    if (!build || !skipped) throw new Error("the tape has a skipped step");
    expect(verdict(scene, build, skipped)).toEqual({ kind: "unknown" });
  });

  test("can be asked of any tape", () => {
    fc.assert(
      fc.property(arbitraryTape, (tape) => {
        const scene = fold(tape);
        for (const build of scene.builds) {
          for (const each of verdicts(scene, build).values()) expect(explain(each)).toMatch(/\S/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test("a base image that was there is told from a result of the cache", () => {
  const tape = new TapeMaker().open();
  tape.build({ build: 1, files: [], work: [cached(from), cached(run)] });
  const [base, step] = fold(tape.events).builds[0]?.steps ?? [];
  expect(explain({ kind: "cached" }, base)).toContain("base image");
  expect(explain({ kind: "cached" }, step)).toContain("From the cache");
});

test("every verdict has its words", () => {
  const words = (verdict: CacheVerdict): string => explain(verdict);
  expect(words({ kind: "earlier-step", step: 3 })).toContain("step 3");
  expect(words({ kind: "argument-changed", names: ["A", "B"] })).toContain("A and B");
  expect(words({ kind: "instruction-changed", before: "RUN a", after: "RUN b" })).toContain(
    "RUN a",
  );
  expect(words({ kind: "instruction-changed", before: "", after: "RUN b" })).toContain("new");
  expect(words({ kind: "files-changed", added: ["c"], modified: ["a", "b"], deleted: [] })).toBe(
    "It ran because files that it copies changed: a and b modified; c added.",
  );
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { findings, verdict } from "@/scene/cache";
import { explain, investigate } from "@/scene/detective";
import { fold } from "@/scene/reduce";
import type { Build, CacheVerdict, Scene } from "@/scene/types";

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

function twice(...orders: Order[]): Scene {
  const tape = new TapeMaker().open();
  orders.forEach((order, index) => {
    tape.build({ build: index + 1, files: [file("app.py", "1")], ...order });
  });
  return fold(tape.events);
}

function builtLast(scene: Scene): Build {
  const build = scene.builds.at(-1);
  if (!build) throw new Error("the tape has a build");
  return build;
}

/** The verdicts on the last build's steps, after these builds. */
function judge(...orders: Order[]): CacheVerdict[] {
  const scene = twice(...orders);
  return [...findings(scene, builtLast(scene)).values()].map((found) => found.verdict);
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
    expect(verdicts[1]).toEqual({ kind: "line-removed", text: "COPY app.py ." });
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
    expect(verdicts[3]).toEqual({
      kind: "argument-changed",
      changes: [{ name: "MODE", before: "a", after: "b" }],
    });
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
    expect(verdicts).toEqual([{ kind: "unknown" }, { kind: "never-done", build: 1, failed: true }]);
  });

  test("is that it failed the time before", () => {
    const fails = { ...run, fails: { message: "no", exitCode: 1, diagnosis: null } };
    const verdicts = judge({ work: [from, fails] }, { work: [cached(from), run] });
    expect(verdicts[1]).toEqual({ kind: "never-done", build: 1, failed: true });
  });

  test("is that the build before did not get this far", () => {
    const fails = { ...copy, fails: { message: "no", exitCode: 1, diagnosis: null } };
    const verdicts = judge({ work: [from, fails, run] }, { work: [cached(from), copy, run] });
    expect(verdicts[2]).toEqual({ kind: "never-done", build: 1, failed: false });
  });

  test("is that the cache lost the result, only when nothing else differs", () => {
    const verdicts = judge(
      { work: [from, copy, run] },
      { work: [cached(from), cached(copy), run] },
    );
    expect(verdicts[2]).toEqual({ kind: "gone" });
    const changed = judge(
      { work: [from, copy, run] },
      { work: [cached(from), cached(copy), { ...run, text: "RUN make all" }] },
    );
    expect(changed[2]?.kind).toBe("instruction-changed");
  });

  test("is what was said before it, for a RUN behind a COPY that came from the cache", () => {
    const env = (value: string): Work => ({ text: `ENV V=${value}`, makes: "config" });
    const verdicts = judge(
      { work: [from, env("1"), copy, run] },
      { work: [cached(from), env("2"), cached(copy), run] },
    );
    expect(verdicts[3]).toEqual({ kind: "earlier-step", step: 2 });
  });

  test("is never a LABEL, which no engine knows a RUN by", () => {
    const label = (value: string): Work => ({ text: `LABEL v=${value}`, makes: "config" });
    const verdicts = judge(
      { work: [from, label("1"), run] },
      { work: [cached(from), label("2"), run] },
    );
    expect(verdicts[2]).toEqual({ kind: "gone" });
  });

  test("is that it was moved", () => {
    const other: Work = { text: "RUN other", makes: "layer" };
    const verdicts = judge(
      { work: [from, run, other, copy] },
      { work: [cached(from), other, run, copy] },
    );
    expect(verdicts.slice(1)).toEqual([
      { kind: "line-removed", text: "RUN make" },
      { kind: "moved", from: 2 },
      { kind: "earlier-step", step: 2 },
    ]);
  });

  test("is a line of a heredoc, which is a part of its instruction", () => {
    const here = (line: string): Work => ({ text: `RUN <<EOF\n${line}\nEOF`, makes: "layer" });
    const verdicts = judge({ work: [from, here("a")] }, { work: [cached(from), here("b")] });
    expect(verdicts[1]).toMatchObject({ kind: "instruction-changed", after: "RUN <<EOF\nb\nEOF" });
  });

  test("has further causes beside it, and leads to the first step of all", () => {
    const scene = twice(
      { work: [from, copy, run, { text: "CMD x", makes: "config" }] },
      {
        work: [
          cached(from),
          copy,
          { ...run, text: "RUN make all" },
          { text: "CMD x", makes: "config" },
        ],
        files: [file("app.py", "2")],
      },
    );
    const found = [...findings(scene, builtLast(scene)).values()];
    expect(found[2]).toMatchObject({
      verdict: { kind: "instruction-changed" },
      also: [{ kind: "earlier-step", step: 2 }],
      against: 1,
      before: 3,
    });
    expect(found[3]?.verdict).toEqual({ kind: "earlier-step", step: 2 });
  });

  test("is not sought in a build of another tag that began with another image", () => {
    const other = { ...from, text: "FROM debian" };
    const verdicts = judge({ work: [other, run], tag: "other:1" }, { work: [cached(from), run] });
    expect(verdicts[1]).toEqual({ kind: "first-build" });
  });

  test("stays the same when a stage is put in before", () => {
    const stage = (text: string, number: number): Work[] => [
      { ...from, stage: number, cached: true },
      { text, makes: "layer", stage: number },
    ];
    const verdicts = judge(
      { work: stage("RUN make", 0) },
      { work: [...stage("RUN new", 0), ...stage("RUN make all", 1)] },
    );
    expect(verdicts[3]).toMatchObject({ kind: "instruction-changed", before: "RUN make" });
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
          for (const { verdict: first, also } of findings(scene, build).values()) {
            for (const each of [first, ...also]) expect(explain(each)).toMatch(/\S/);
          }
          for (const sentence of investigate(scene, build).summary) {
            expect(sentence).toMatch(/^[A-Z0-9].*\.$/s);
          }
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

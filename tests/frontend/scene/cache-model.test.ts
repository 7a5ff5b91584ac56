import fc from "fast-check";
import { expect, test } from "vitest";

import { findings } from "@/scene/cache";
import { fold } from "@/scene/reduce";
import type { CacheVerdict } from "@/scene/types";

import { digest, file, hex, TapeMaker, type Work } from "../tapes/maker";

/** What a cache goes by, in a few lines: see `visualizer/engine/embedded/cache.py`. */
class Cache {
  readonly #known = new Set<string>();

  build(texts: readonly string[], contents: Readonly<Record<string, string>>): Work[] {
    let [layers, said] = ["base", ""];
    const environment: string[] = [];
    const base = [{ digest: digest("base"), size: 1 }];
    const first: Work = { text: "FROM alpine", makes: "base", cached: true, layers: base };
    const rest = texts.map((text): Work => {
      const [keyword] = text.split(" ");
      const reads = keyword === "COPY" ? [text.split(" ")[1] ?? ""] : [];
      const config = keyword === "ENV" || keyword === "LABEL";
      const seen = keyword === "RUN" ? environment : [];
      const given = [text, ...seen, ...reads.map((path) => contents[path] ?? "")];
      const key = hex(JSON.stringify(config ? [said, text] : [layers, ...given]));
      const cached = this.#known.has(key);
      this.#known.add(key);
      said = hex(said + key);
      if (!config) layers = key;
      if (keyword === "ENV") environment.push(text);
      return { text, makes: config ? "config" : "layer", cached, reads };
    });
    return [first, ...rest];
  }
}

const names = ["a", "b", "c"];
const instruction = fc.oneof(
  fc.constantFrom("1", "2", "3").map((value) => `ENV V=${value}`),
  fc.constantFrom("1", "2").map((value) => `LABEL v=${value}`),
  fc.constantFrom(...names).map((path) => `COPY ${path} /${path}`),
  fc.constantFrom("x", "y", "z").map((word) => `RUN ${word}`),
);
const project = fc.record({
  texts: fc.uniqueArray(instruction, { minLength: 1, maxLength: 7 }),
  contents: fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2) }),
});

/** The verdicts on the steps of the last of these builds, of one that caches as the engines do. */
function judge(projects: readonly (typeof project extends fc.Arbitrary<infer P> ? P : never)[]) {
  const [tape, cache] = [new TapeMaker().open(), new Cache()];
  projects.forEach(({ texts, contents }, at) => {
    const given = Object.fromEntries(names.map((name) => [name, `${contents[name as "a"]}`]));
    const files = names.map((name) => file(name, given[name] ?? ""));
    tape.build({ build: at + 1, files, work: cache.build(texts, given) });
  });
  const scene = fold(tape.events);
  const build = scene.builds.at(-1);
  if (!build) throw new Error("the tape has a build");
  return { build, found: findings(scene, build) };
}

test("of a step that ran, in a build of anything after a build of anything, a cause is found", () => {
  fc.assert(
    fc.property(project, project, (one, other) => {
      const { build, found } = judge([one, other]);
      for (const step of build.steps) {
        const kind = found.get(step.step)?.verdict.kind;
        if (step.state === "cached") expect(kind).toBe("cached");
        else expect(["gone", "unknown", "first-build"]).not.toContain(kind);
      }
    }),
    { numRuns: 1000 },
  );
});

test("what is built again unchanged has nothing to be explained", () => {
  fc.assert(
    fc.property(project, (one) => {
      const kinds = [...judge([one, one]).found.values()].map(({ verdict }) => verdict.kind);
      expect(new Set(kinds)).toEqual(new Set(["cached"]));
    }),
  );
});

test("an earlier step that is named ran, and has a cause of its own", () => {
  fc.assert(
    fc.property(project, project, (one, other) => {
      const { build, found } = judge([one, other]);
      const causes = [...found.values()].flatMap(({ verdict, also }) => [verdict, ...also]);
      const earlier = causes.filter(
        (each): each is Extract<CacheVerdict, { kind: "earlier-step" }> =>
          each.kind === "earlier-step",
      );
      for (const { step } of earlier) {
        expect(build.steps[step - 1]?.state).toBe("done");
        expect(found.get(step)?.verdict.kind).not.toBe("earlier-step");
      }
    }),
    { numRuns: 500 },
  );
});

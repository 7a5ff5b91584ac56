import { readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { compare, isSame, type Comparison } from "@/scene/comparison";
import { fold } from "@/scene/reduce";

import { digest, file, TapeMaker } from "../tapes/maker";
import { arbitraryTape } from "./arbitrary";

const GOLDEN = ["story", "failing", "limits", "measured", "multistage", "registry"].map(
  (name): AnyEvent[] =>
    readFileSync(`tests/tapes/${name}.jsonl`, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as AnyEvent),
);
const tapes = fc.oneof(fc.constantFrom(...GOLDEN), arbitraryTape);
const twoMoments = fc
  .tuple(tapes, fc.nat({ max: 80 }), fc.nat({ max: 80 }))
  .map(([tape, a, b]) => [fold(tape.slice(0, a)), fold(tape.slice(0, b))] as const);
const keys = (items: readonly { kind: string; id: string }[]) =>
  items.map(({ kind, id }) => `${kind} ${id}`).sort();
const names = ({ came, went, changed }: Comparison) => ({
  came: came.map(({ name }) => name),
  went: went.map(({ name }) => name),
  changed: changed.map(({ name, changes }) => `${name}: ${changes.join("; ")}`),
});

describe("comparing two moments of any tape", () => {
  test("finds nothing between a moment and itself", () => {
    fc.assert(
      fc.property(tapes, fc.nat({ max: 80 }), (tape, at) => {
        const part = tape.slice(0, at);
        expect(isSame(compare(fold(part), fold(part)))).toBe(true);
      }),
    );
  });

  test("finds that what came one way went the other way", () => {
    fc.assert(
      fc.property(twoMoments, ([a, b]) => {
        const there = compare(a, b);
        const back = compare(b, a);
        expect(there.came).toEqual(back.went);
        expect(there.went).toEqual(back.came);
        expect(keys(there.changed)).toEqual(keys(back.changed));
      }),
    );
  });

  test("finds each thing once, with words for each change", () => {
    fc.assert(
      fc.property(twoMoments, ([a, b]) => {
        const { came, went, changed } = compare(a, b);
        const all = keys([...came, ...went, ...changed]);
        expect(new Set(all).size).toBe(all.length);
        expect(changed.every(({ changes }) => changes.length > 0)).toBe(true);
        expect([...came, ...went].every(({ name, words }) => name !== "" && words !== "")).toBe(
          true,
        );
      }),
    );
  });
});

/** A lab at its start, with an image, and with a container of it. */
function lab() {
  const maker = new TapeMaker().open();
  const image = digest("image");
  const start = fold(maker.events);
  maker.build({
    build: 1,
    tag: "app:1",
    files: [file("app.py", "1")],
    work: [
      { text: "FROM alpine", makes: "base", layers: [{ digest: digest("a"), size: 3000 }] },
      { text: "COPY app.py .", makes: "layer", layers: [{ digest: digest("b"), size: 3 }] },
    ],
  });
  const built = fold(maker.events);
  const id = maker.container("web", built.images[0]?.digest ?? image);
  const ran = fold(maker.events);
  return { maker, start, built, id, ran };
}

describe("a comparison in words", () => {
  test("tells of an image, its name, its layers and its build", () => {
    const { start, built } = lab();
    expect(names(compare(start, built))).toEqual({
      came: [
        "Image app:1",
        "Tag app:1",
        "Layer of FROM alpine",
        "Layer of COPY app.py .",
        "Build 1",
      ],
      went: [],
      changed: [],
    });
  });

  test("tells what a container is now and what it was", () => {
    const { maker, id, ran } = lab();
    maker.changes(id, [
      { path: "/data/new.txt", kind: "added", size: 12 },
      { path: "/etc/hosts", kind: "modified", size: 4 },
    ]);
    maker.add({ type: "container.renamed", container: id, name: "shop" });
    maker.add({ type: "container.exited", container: id, exit_code: 3, reason: "failed" });
    const after = fold(maker.events);
    const [change = ""] = names(compare(ran, after)).changed;
    expect(change).toMatch(/^Container shop: was called web, now shop; was running, now exited/);
    expect(change).toContain("its own layer also has /data/new.txt and /etc/hosts");
    expect(names(compare(after, ran)).changed[0]).toContain(
      "its own layer no longer has /data/new.txt and /etc/hosts",
    );
  });

  test("tells what went, and a tag that moved", () => {
    const { maker, id } = lab();
    const before = fold(maker.events);
    maker.add({ type: "container.removed", container: id });
    maker.build({
      build: 2,
      tag: "app:1",
      files: [file("app.py", "2")],
      work: [
        { text: "FROM alpine", makes: "base", layers: [{ digest: digest("a"), size: 3000 }] },
        { text: "COPY app.py .", makes: "layer", layers: [{ digest: digest("c"), size: 3 }] },
      ],
    });
    const found = names(compare(before, fold(maker.events)));
    expect(found.went).toEqual(["Container web"]);
    expect(found.changed.find((each) => each.startsWith("Tag app:1"))).toMatch(
      /pointed at image \w+, now at \w+/,
    );
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";

import { EVENT_TYPES, type AnyEvent } from "@/events/generated";
import { discover, noDiscoveries, rows } from "@/scene/discoveries";
import { emptyScene, reduce } from "@/scene/reduce";
import { sentence } from "@/scene/transcript";
import { decodeEvent } from "@/source/shape";

import { check } from "../scene/check";
import { GOLDEN } from "../tapes/golden";

const events = Object.values(GOLDEN).flatMap((make) => make());

test("every golden event passes as it is", () => {
  for (const event of events) expect(decodeEvent(structuredClone(event))).toEqual(event);
});

test("an event of which any field is missing or of another kind passes as nothing", () => {
  for (const event of events) {
    for (const key of Object.keys(event)) {
      // `value` may be anything, and the version says nothing about this event's shape.
      if (["v", "seq", "type", "value"].includes(key)) continue;
      for (const wrong of [undefined, Symbol("no JSON")]) {
        expect(decodeEvent({ ...event, [key]: wrong })?.type).toBe("malformed");
      }
    }
  }
});

test("what has no place on a tape is none", () => {
  for (const raw of [null, 3, "x", [], {}, { seq: 0, type: "lab.opened" }, { seq: 1 }]) {
    expect(decodeEvent(raw)).toBeNull();
  }
});

test("whatever JSON comes, what passes the border can be folded and told", () => {
  const hostile = fc.record({
    seq: fc.nat({ max: 50 }),
    at_ms: fc.oneof(fc.nat(), fc.constantFrom(null, "soon", -1)),
    type: fc.oneof(fc.constantFrom(...EVENT_TYPES), fc.string()),
    build: fc.constantFrom(1, 2),
    step: fc.jsonValue(),
    container: fc.oneof(fc.constant("c"), fc.jsonValue()),
    image: fc.oneof(fc.constant("i"), fc.jsonValue()),
    changes: fc.jsonValue(),
    layers: fc.jsonValue(),
    steps: fc.jsonValue(),
    text: fc.jsonValue(),
    stream: fc.jsonValue(),
  });
  const base = fc.constantFrom(...events);
  const near = fc
    .tuple(base, fc.constantFrom("steps", "files", "layers", "tags", "config", "name"))
    .chain(([event, key]) => fc.jsonValue().map((value) => ({ ...event, [key]: value })));
  fc.assert(
    fc.property(fc.array(fc.oneof(hostile, near), { maxLength: 30 }), (raw) => {
      const tape = raw.map(decodeEvent).filter((event): event is AnyEvent => event !== null);
      let scene = emptyScene();
      let found = noDiscoveries();
      for (const event of tape) {
        expect(sentence(event, scene)).toMatch(/\S/);
        scene = reduce(scene, event);
        found = discover(found, event);
        expect(check(scene)).toEqual([]);
      }
      expect(rows(found)).toHaveLength(6);
    }),
    { numRuns: 300 },
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";

import {
  bytes,
  count,
  duration,
  excerpt,
  limitBytes,
  limitClause,
  list,
  memory,
  percent,
  telling,
} from "@/scene/words";
import { limitSentence } from "@/scene/notices";
import { emptyScene } from "@/scene/reduce";

const idle = {
  v: 1,
  seq: 1,
  at_ms: 0,
  type: "limit.reached",
  what: "idle_remove_hours",
  limit: 24,
  subject: "lab",
} as const;

test("sizes go by thousands, as Docker prints them", () => {
  expect([0, 999, 1000, 1234, 99_949, 118_926_100, 5e9].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "1.2 kB",
    "99.9 kB",
    "119 MB",
    "5 GB",
  ]);
});

test("memory goes by 1024, as docker stats prints it", () => {
  const sizes = [0, 1023, 487_424, 1_023_500, 12_582_912, 67_108_864, 106_400_000, 1.5 * 1024 ** 3];
  expect(sizes.map(memory)).toEqual([
    "0 KiB",
    "1 KiB",
    "476 KiB",
    "1 MiB",
    "12 MiB",
    "64 MiB",
    "101 MiB",
    "1.5 GiB",
  ]);
});

test("a share of a core is told in whole percents, unless it is less than one", () => {
  expect([0, 0.04, 0.3, 0.97, 12.4, 99.6, 187].map(percent)).toEqual([
    "0 %",
    "0 %",
    "0.3 %",
    "1 %",
    "12 %",
    "100 %",
    "187 %",
  ]);
});

test("a size never shows four digits before its unit", () => {
  fc.assert(
    fc.property(fc.nat({ max: 1e14 }), (size) => {
      expect(bytes(size)).toMatch(/^\d{1,3}(\.\d)? (B|kB|MB|GB|TB)$/);
    }),
  );
});

test("a limit that is a round number stays round", () => {
  expect([262144, 67108864, 1000, 1536].map(limitBytes)).toEqual([
    "256 KiB",
    "64 MiB",
    "1 kB",
    "1.5 kB",
  ]);
  expect(limitClause("containers", 12)).toBe("a lab may keep 12 containers");
  expect(limitClause("new_thing", 3)).toBe("new thing may be 3");
  expect(limitSentence(emptyScene(), idle)).toBe(
    "This lab reached a limit: its containers are removed when nobody has been in it for 24 hours; " +
      "its images stay.",
  );
});

test("durations are said in the unit that fits", () => {
  expect([0, 40, 999, 1000, 2345, 59_960, 65_000, 120_000].map(duration)).toEqual([
    "0 ms",
    "40 ms",
    "999 ms",
    "1 s",
    "2.3 s",
    "1 min",
    "1 min 5 s",
    "2 min",
  ]);
});

test("lists and numbers read as a sentence", () => {
  expect(list([])).toBe("");
  expect(list(["a"])).toBe("a");
  expect(list(["a", "b", "c"])).toBe("a, b and c");
  expect(list(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
  expect([count(1, "file"), count(2, "process", "processes")]).toEqual(["1 file", "2 processes"]);
});

test("what a command printed is quoted on one line, without what acts on a screen", () => {
  expect(excerpt("\u001b[1;31mred\u001b[0m\r\n\tand \u202ereversed")).toBe("red and reversed");
  expect(excerpt("\u001b]0;title\u0007text")).toBe("text");
  expect(excerpt("x".repeat(100), 10)).toBe(`${"x".repeat(9)}…`);
});

test("a folder is not named beside what is in it", () => {
  const paths = ["/app", "/app/a/b.txt", "/tmp", "/app/a", "/tmpfile"].map((path) => ({ path }));
  expect(telling(paths).map((change) => change.path)).toEqual(["/app/a/b.txt", "/tmp", "/tmpfile"]);
});

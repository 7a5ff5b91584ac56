/** The browser's reducer gives the facts kept in tests/tapes/facts, as the still's reducer does. */
import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { emptyScene, reduce } from "@/scene/reduce";

import { factsOf, type Facts } from "./facts";

const TAPES = new URL("../../tapes/", import.meta.url);
/** Every so many events the facts are kept, and at the end. */
const STRIDE = 10;

function tape(name: string): readonly AnyEvent[] {
  const lines = readFileSync(new URL(name, TAPES), "utf8").split("\n");
  return lines
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as AnyEvent & { layercake?: string })
    .filter((line) => line.layercake === undefined);
}

describe("the facts of each golden tape are those that were kept", () => {
  // A new tape gets its file with `vitest run tests/frontend/scene/facts.test.ts -u`.
  const names = readdirSync(TAPES).filter((name) => name.endsWith(".jsonl"));

  test.each(names)("%s", async (name) => {
    const events = tape(name);
    const facts: Facts[] = [];
    let scene = emptyScene();
    events.forEach((event, index) => {
      scene = reduce(scene, event);
      const at = index + 1;
      if (at % STRIDE === 0 || at === events.length) facts.push(factsOf(scene, at));
    });
    const kept = new URL(`facts/${name.replace(".jsonl", ".json")}`, TAPES).pathname;
    await expect(`${JSON.stringify(facts, null, 1)}\n`).toMatchFileSnapshot(kept);
  });
});

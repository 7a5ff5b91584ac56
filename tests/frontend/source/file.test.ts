import { readdirSync, readFileSync } from "node:fs";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { NotARecording, readRecording } from "@/source/file";

import { story } from "../tapes/golden";

const tape = story();
const lines = tape.map((event) => JSON.stringify(event));
const HEADER = { layercake: "recording", format: 1, vocabulary: 1 };

function file(header: object, events = lines): string {
  return [JSON.stringify({ ...HEADER, ...header }), ...events].join("\n");
}

describe("a recording's file", () => {
  test("is its header and its events", () => {
    const notes = [
      { at: 9, text: "Now it runs." },
      { at: 2, text: "Look." },
    ];
    const told = { title: "A story", description: "Of a lab.", made_at: "2026-11-23T12:00:00Z" };
    const { header, events } = readRecording(file({ ...told, begins: 2, notes, files: [] }));
    expect(events).toEqual(tape);
    expect(header).toEqual({
      format: 1,
      title: "A story",
      description: "Of a lab.",
      madeAt: "2026-11-23T12:00:00Z",
      begins: 2,
      notes: [notes[1], notes[0]],
    });
  });

  test("may leave out whatever has a usual value", () => {
    expect(readRecording(file({})).header).toMatchObject({ title: "", begins: 0, notes: [] });
  });

  test("may be a bare tape, blank lines passed over", () => {
    const { header, events } = readRecording(`${lines.join("\n\n")}\n`);
    expect(events).toEqual(tape);
    expect(header).toMatchObject({ format: 0, title: "", begins: 0, notes: [] });
  });

  test("has nothing after its end", () => {
    const notes = [{ at: 1e9, text: "Too late." }];
    const { header } = readRecording(file({ begins: 1e9, notes }));
    expect(header.begins).toBe(tape.length);
    expect(header.notes).toEqual([{ at: tape.length, text: "Too late." }]);
  });

  test("may hold events that a newer site will say", () => {
    const event = { v: 1, seq: 1, at_ms: 0, type: "volume.created", volume: "data" };
    expect(readRecording(JSON.stringify(event)).events).toEqual([event]);
  });

  test("keeps the place of an event that is not as the vocabulary says, and none of its fields", () => {
    const bad = { v: 1, seq: 1, at_ms: 0, type: "build.planned", build: 1, steps: "none" };
    const { events } = readRecording(JSON.stringify(bad));
    expect(events).toEqual([{ v: 1, seq: 1, at_ms: 0, type: "malformed" }]);
  });
});

describe("what is no recording is refused, in words and with its line", () => {
  test.each<[string, string, number, RegExp]>([
    ["nothing", "", 0, /empty/],
    ["blank lines", "\n \n", 0, /empty/],
    ["a header alone", JSON.stringify(HEADER), 0, /no events/],
    ["a page", "<!doctype html>", 1, /no event/],
    ["a list", "[]", 1, /no event/],
    ["a broken line", `${lines[0]}\nnonsense`, 2, /no event/],
    ["events out of order", lines.slice(1).join("\n"), 1, /`seq` is 2/],
    ["another program's file", file({ layercake: "lab" }), 1, /layercake/],
    [
      "a second header",
      `${file({})}\n${JSON.stringify(HEADER)}`,
      tape.length + 2,
      /only come first/,
    ],
    ["a title that is none", file({ title: 7 }), 1, /`title` is not text/],
    ["a beginning that is none", file({ begins: -1 }), 1, /`begins` is not a position/],
    ["notes that are none", file({ notes: {} }), 1, /`notes` is not a list/],
    ["a note that is none", file({ notes: ["x"] }), 1, /not an object/],
    ["a note without a place", file({ notes: [{ at: "1", text: "x" }] }), 1, /`at`/],
    ["no format", file({ format: "1" }), 1, /`format`/],
    ["a newer format", file({ format: 2 }), 1, /made by a newer Layercake: its format is 2/],
    ["a newer vocabulary", file({ vocabulary: 9 }), 1, /newer Layercake: its vocabulary is 9/],
    ["a newer event", JSON.stringify({ ...tape[0], v: 2 }), 1, /newer Layercake/],
  ])("%s", (_, text, line, words) => {
    expect(() => readRecording(text)).toThrow(NotARecording);
    expect(() => readRecording(text)).toThrow(expect.objectContaining({ line }));
    expect(() => readRecording(text)).toThrow(words);
  });

  test("whatever else it is", () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => file({ notes: json })),
    );
    fc.assert(
      fc.property(anything, fc.jsonValue(), (text, value) => {
        for (const each of [text, `${text}\n${lines[0]}`, file({ begins: value, notes: value })]) {
          try {
            expect(readRecording(each).events.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(NotARecording);
          }
        }
      }),
    );
  });
});

const FOLDERS = ["tests/tapes", "content/recordings"];
const kept = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => `${folder}/${name}`),
);

test.each(kept)("%s still plays, and all of it is understood", (path) => {
  const { events } = readRecording(readFileSync(path, "utf8"));
  expect(events.map(({ type }) => type as string)).not.toContain("malformed");
});

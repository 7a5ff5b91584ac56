import { describe, expect, test } from "vitest";

import { groupsOf, markersOf, sideBySide, type MarkerKind } from "@/timeline/markers";

import { failing, story } from "../tapes/golden";

const at = (kind: MarkerKind, tape = story()): string[] =>
  markersOf(tape)
    .filter((marker) => marker.kind === kind)
    .map(({ position }) => tape[position - 1]?.type ?? "");

describe("markers", () => {
  test("stand at builds and at containers that come into being", () => {
    expect(at("build")).toEqual(["build.started", "build.started"]);
    expect(new Set(at("container"))).toEqual(new Set(["container.created"]));
  });

  test("stand once at a build that failed: at its step", () => {
    const tape = failing();
    expect(tape.some((event) => event.type === "build.failed")).toBe(true);
    expect(at("failure", tape)).toContain("step.failed");
    expect(at("failure", tape)).not.toContain("build.failed");
  });

  test("say in words what they mark, and stand in the order of the tape", () => {
    const marked = markersOf(story(), [
      { at: 3, text: "Look here" },
      { at: 99_999, text: "x".repeat(500) },
    ]);
    expect(marked.map(({ position }) => position)).toEqual(
      marked.map(({ position }) => position).sort((a, b) => a - b),
    );
    expect(marked.find(({ position }) => position === 3)?.label).toBe("Note: Look here");
    expect(marked.at(-1)?.position).toBe(story().length);
    expect(marked.every(({ label }) => label.length > 5 && label.length < 120)).toBe(true);
  });

  test("of one kind that would lie on each other are one, and none is lost", () => {
    const markers = [1, 2, 3, 50].flatMap((position) => [
      { position, kind: "build" as const, label: `b${position}` },
      { position, kind: "failure" as const, label: `f${position}` },
    ]);
    const groups = groupsOf(markers, (position) => position / 100, 0.015);
    expect(groups.map(({ kind, share, markers: held }) => [kind, share, held.length])).toEqual([
      ["build", 0.01, 2],
      ["failure", 0.01, 2],
      ["build", 0.03, 1],
      ["failure", 0.03, 1],
      ["build", 0.5, 1],
      ["failure", 0.5, 1],
    ]);
  });

  test("of two kinds at one moment stand side by side, and none strays from its place", () => {
    expect(sideBySide([0, 0, 50, 51, 90], 2)).toEqual([0, 2, 50, 52, 90]);
    const crowded = [10, 10, 10, 11, 30];
    const drawn = sideBySide(crowded, 2);
    expect(drawn).toHaveLength(crowded.length);
    drawn.forEach((at, index) => {
      expect(at - (crowded[index] ?? 0)).toBeGreaterThanOrEqual(0);
      expect(at - (crowded[index] ?? 0)).toBeLessThanOrEqual(2);
    });
  });
});

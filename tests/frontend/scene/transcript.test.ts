import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { EVENT_TYPES, type AnyEvent } from "@/events/generated";
import { emptyScene, reduce } from "@/scene/reduce";
import { isMilestone, sentence } from "@/scene/transcript";

import { GOLDEN, limits, measured, multistage, story } from "../tapes/golden";
import { arbitraryTape } from "./arbitrary";

function sentences(tape: readonly AnyEvent[]): string[] {
  let scene = emptyScene();
  return tape.map((event) => {
    const said = sentence(event, scene);
    scene = reduce(scene, event);
    return said;
  });
}

const all = Object.values(GOLDEN).flatMap((make) => make());

describe("the transcript", () => {
  test("has a sentence for every type of event, and the golden tapes hold every type", () => {
    const seen = new Set(all.map((event) => event.type));
    expect([...EVENT_TYPES].filter((type) => !seen.has(type))).toEqual([]);
    for (const make of Object.values(GOLDEN)) {
      for (const said of sentences(make())) {
        expect(said).toMatch(/^[A-Z].*[.!?”:]$/u);
        expect(said).not.toMatch(/undefined|null|NaN|\[object/);
      }
    }
  });

  test("says names, not ids", () => {
    for (const said of sentences(story())) expect(said).not.toMatch(/[0-9a-f]{13}/);
  });

  test("tells the story in plain words", () => {
    expect(sentences(story())).toEqual(
      expect.arrayContaining([
        "The lab was opened on Embedded engine 0.1, which simulates the commands inside containers.",
        "Build 1 of my-app:latest began, with 2 files (66 B) as its build context.",
        "The Dockerfile was read: 6 steps.",
        "Step 3 began to run: “COPY app.py .”",
        "The base image brought a layer of 74.8 MB.",
        "Container calm_turing was made from image my-app:latest, with a thin writable layer of its own.",
        "Container calm_turing was started: it runs “python app.py” as process 1.",
        "Container calm_turing printed: “Hello”",
        "A shell was opened in container calm_turing.",
        "The writable layer of container calm_turing holds 1 change (6 B): /app/note.txt added.",
        "Container calm_turing was stopped, with exit code 137; its files stay.",
        "Container calm_turing was started again, with the files that it had.",
        "Container calm_turing was removed, and its writable layer (6 B) with it; image my-app:latest stays.",
        "Step 2 came from the cache: “WORKDIR /app”",
        "Step 2 gave the image a layer of 0 B that was there already.",
        "Step 5 set the image's environment variables (Env) and made no layer: “ENV GREETING=Hello”",
      ]),
    );
  });

  test("says what a container uses, and reads it out to nobody", () => {
    expect(sentences(measured())).toEqual(
      expect.arrayContaining([
        "Container resting uses 0 % of a core and 7 MiB of 64 MiB of memory, in 1 process.",
        "Container working uses 100 % of a core and 63 MiB of 64 MiB of memory, in 3 processes.",
        "Container working uses 0.4 % of a core and 7 MiB of memory, in 1 process.",
      ]),
    );
    expect(
      measured()
        .filter(isMilestone)
        .some((event) => event.type === "container.measured"),
    ).toBe(false);
  });

  test("tells stages that are not needed, and limits", () => {
    expect(sentences(multistage())).toContain(
      "The Dockerfile was read: 9 steps in 3 stages; 2 of them are not needed.",
    );
    expect(sentences(limits())).toContain(
      "A command in container very_loud reached a limit: a command in a container may take 1 min.",
    );
  });

  test("quotes code in the site's own words, and leaves an engine's words alone", () => {
    const title = "There is no `missing.py` to copy.";
    const diagnosis = {
      code: "copy-missing",
      severity: "error",
      title,
      why: "",
      try: "",
      line: 3,
      line_end: 3,
      fix: null,
    } as const;
    const failed = { v: 1, seq: 9, at_ms: 9, type: "build.failed", build: 2, diagnosis } as const;
    expect(sentence({ ...failed, message: title }, emptyScene())).toBe(
      "Build 2 failed: There is no “missing.py” to copy.",
    );
    expect(sentence({ ...failed, message: "RUN echo `date` failed" }, emptyScene())).toBe(
      "Build 2 failed: RUN echo `date` failed.",
    );
  });

  test("shows control sequences to nobody", () => {
    fc.assert(
      fc.property(arbitraryTape, (tape) => {
        for (const said of sentences(tape)) expect(said).not.toContain("\u001b");
      }),
    );
  });

  test("says that something happened when it does not know what", () => {
    const event = { v: 2, seq: 1, at_ms: 0, type: "volume.created" } as never;
    expect(sentence(event, emptyScene())).toContain("volume.created");
  });

  test("reads out what matters and not every line that is printed", () => {
    const milestones = new Set(all.filter(isMilestone).map((event) => event.type));
    expect(milestones).toContain("image.built");
    expect(milestones).toContain("step.failed");
    expect(milestones).not.toContain("container.output");
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { discover, foundCount, noDiscoveries, rows, type Discovery } from "@/scene/discoveries";
import { PROOFS } from "@/scene/proofs";
import { ROWS, type RowKey } from "@/scene/rows";

import { failing, limits, starter, story } from "../tapes/golden";
import { digest, hex, TapeMaker } from "../tapes/maker";
import { NAME, registry } from "../tapes/registry";
import { arbitraryTape } from "./arbitrary";

function found(tape: readonly AnyEvent[]): readonly Discovery[] {
  return rows(tape.reduce(discover, noDiscoveries()));
}

function row(tape: readonly AnyEvent[], key: RowKey): Discovery {
  const match = found(tape).find((each) => each.key === key);
  if (!match) throw new Error(`there is a row ${key}`);
  return match;
}

const parts = (tape: readonly AnyEvent[], key: RowKey): string[] =>
  row(tape, key).parts.flatMap((part) => (part.found ? [part.key] : []));

/** A lab with an image that three layers make. */
function built(): { tape: TapeMaker; image: string } {
  const tape = new TapeMaker().open();
  const image = tape.build({ build: 1, files: [], work: starter("x") });
  if (!image) throw new Error("the build makes an image");
  return { tape, image };
}

const note = [{ path: "/note", kind: "added" as const, size: 6 }];

describe("six rows", () => {
  test("are there from the beginning, each with what to try", () => {
    const none = found([]);
    expect(none.map((each) => each.key)).toEqual([
      "definition",
      "mutability",
      "persistence",
      "execution",
      "storage",
      "command",
    ]);
    expect(none.every((each) => !each.found && each.try !== "" && each.evidence.length === 0)).toBe(
      true,
    );
  });

  test("are all found by the student's story, with evidence that is on the tape", () => {
    const tape = story();
    const all = found(tape);
    expect(foundCount(all)).toBe(6);
    for (const each of all) {
      expect(each.evidence.length).toBeGreaterThan(0);
      expect(each.foundSeq).not.toBeNull();
      for (const { seq, text, place } of each.evidence) {
        expect(tape[seq - 1]?.seq).toBe(seq);
        expect(text).toMatch(/\S/);
        expect(place.id).toMatch(/^(sha256:)?[0-9a-f]{64}$/);
      }
    }
  });

  test("have a proof for every part and a part for every proof", () => {
    const said = ROWS.flatMap((each) => each.parts.map((part) => `${each.key}.${part.key}`));
    expect(Object.keys(PROOFS).sort()).toEqual(said.sort());
  });

  test("are not found by a build that fails, whatever it printed", () => {
    const tape = failing().filter((event) => !("build" in event) || event.build === 1);
    expect(foundCount(found(tape))).toBe(0);
  });
});

describe("definition", () => {
  test("needs an image, a container of it, and two that differ", () => {
    const { tape, image } = built();
    expect(parts(tape.events, "definition")).toEqual(["blueprint"]);
    const one = tape.container("one", image);
    expect(parts(tape.events, "definition")).toEqual(["blueprint", "run"]);
    tape.changes(one, note);
    expect(row(tape.events, "definition").found).toBe(false);
    tape.container("two", image);
    expect(row(tape.events, "definition")).toMatchObject({ found: true, try: "" });
  });

  test("names a file that was added rather than the folder that it made modified", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.container("two", image);
    tape.changes(one, [{ path: "/tmp", kind: "modified", size: 0 }, ...note]);
    expect(row(tape.events, "definition").evidence.at(-1)?.text).toBe(
      "/note is changed in container one and not in two, of the same image.",
    );
  });

  test("is not shown by two containers that wrote nothing", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    const two = tape.container("two", image);
    tape.changes(one, []).changes(two, []);
    expect(parts(tape.events, "definition")).toEqual(["blueprint", "run"]);
  });

  test("is not shown by containers of two images", () => {
    const { tape, image } = built();
    const other = tape.build({ build: 2, files: [], work: starter("y") });
    tape.container("two", other ?? "");
    tape.changes(tape.container("one", image), note);
    expect(row(tape.events, "definition").found).toBe(false);
  });
});

describe("mutability", () => {
  test("needs a write, and a use of the same image after it", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.changes(one, note);
    expect(parts(tape.events, "mutability")).toEqual(["written"]);
    tape.container("two", image);
    expect(row(tape.events, "mutability").found).toBe(true);
  });

  test("is not shown by a use of the image before the write", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.container("two", image);
    tape.changes(one, note);
    expect(row(tape.events, "mutability").found).toBe(false);
  });

  test("is not shown by a use of another image", () => {
    const { tape, image } = built();
    tape.changes(tape.container("one", image), note);
    const other = tape.build({ build: 2, files: [], work: starter("y") });
    tape.container("two", other ?? "");
    expect(parts(tape.events, "mutability")).toEqual(["written"]);
  });
});

describe("persistence", () => {
  test("needs files kept over stop and start, and files lost with a container", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.changes(one, note).exit(one, 137, "stopped");
    tape.add({ type: "container.started", container: one, pid: 1, ip: null });
    expect(parts(tape.events, "persistence")).toEqual(["kept"]);
    tape.exit(one, 137, "stopped").add({ type: "container.removed", container: one });
    expect(row(tape.events, "persistence")).toMatchObject({ found: true });
    expect(row(tape.events, "persistence").try).toContain("Commit");
  });

  test("is not shown by a container that wrote nothing", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.exit(one, 0, "completed");
    tape.add({ type: "container.started", container: one, pid: 1, ip: null });
    tape.exit(one, 0, "completed").add({ type: "container.removed", container: one });
    expect(parts(tape.events, "persistence")).toEqual([]);
  });

  test("is not shown when the files were gone after the start", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.changes(one, note).exit(one, 0, "completed").changes(one, []);
    tape.add({ type: "container.started", container: one, pid: 1, ip: null });
    expect(parts(tape.events, "persistence")).toEqual([]);
  });

  test("is not shown by files that another run of the container held", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    const other = [{ path: "/other", kind: "added" as const, size: 1 }];
    const start = { type: "container.started", container: one, pid: 1, ip: null } as const;
    tape.changes(one, note).exit(one, 0, "completed").changes(one, other).add(start);
    expect(parts(tape.events, "persistence")).toEqual([]);
    tape.changes(one, []).exit(one, 0, "completed").changes(one, note).add(start);
    expect(parts(tape.events, "persistence")).toEqual([]);
  });

  test("is not shown when the image went too", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.changes(one, note).add({ type: "image.removed", image });
    tape.add({ type: "container.removed", container: one });
    expect(parts(tape.events, "persistence")).toEqual([]);
  });

  test("sees a commit beside it", () => {
    expect(parts(story(), "persistence")).toEqual(["kept", "lost", "committed"]);
  });
});

describe("execution", () => {
  test("needs a process and its exit code", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    expect(parts(tape.events, "execution")).toEqual(["started"]);
    tape.exit(one, 3, "failed");
    expect(row(tape.events, "execution")).toMatchObject({ found: true });
    expect(row(tape.events, "execution").evidence.at(-1)?.text).toContain("exit code 3");
  });

  test("is not shown by a container that was lost with the site", () => {
    const { tape, image } = built();
    tape.exit(tape.container("one", image), 137, "lost");
    expect(row(tape.events, "execution").found).toBe(false);
  });
});

describe("storage", () => {
  test("needs two containers on one image at the same time, and gives the figures", () => {
    const { tape, image } = built();
    tape.changes(tape.container("one", image), note);
    expect(row(tape.events, "storage").found).toBe(false);
    tape.container("two", image);
    const { evidence } = row(tape.events, "storage");
    expect(evidence[0]?.text).toBe(
      "2 containers stand on the one stack of my-app:latest, stored once (119 MB), " +
        "and add 6 B in layers of their own. All of the lab takes 119 MB; " +
        "with a full copy each it would be 357 MB.",
    );
  });

  test("is not shown by one container after another", () => {
    const { tape, image } = built();
    const one = tape.container("one", image);
    tape.exit(one, 0, "completed").add({ type: "container.removed", container: one });
    tape.container("two", image);
    expect(row(tape.events, "storage").found).toBe(false);
  });
});

describe("command", () => {
  test("needs a build and a run", () => {
    const { tape, image } = built();
    expect(parts(tape.events, "command")).toEqual(["build"]);
    tape.container("one", image);
    expect(row(tape.events, "command").found).toBe(true);
  });

  test("is not shown by a container that was made and never started", () => {
    const { tape, image } = built();
    const container = hex("created");
    const of = { container, name: "a", image, command: [], hostname: "h" };
    tape.add({ type: "container.created", ...of });
    expect(parts(tape.events, "command")).toEqual(["build"]);
  });
});

describe("any tape", () => {
  test("can be looked through, and a row once found stays found", () => {
    fc.assert(
      fc.property(arbitraryTape, (tape) => {
        let state = noDiscoveries();
        let before = rows(state);
        for (const event of tape) {
          state = discover(state, event);
          const after = rows(state);
          before.forEach((each, index) => {
            if (each.found) expect(after[index]).toMatchObject({ found: true });
          });
          before = after;
        }
      }),
      { numRuns: 200 },
    );
  });

  test("gives evidence of its own events only", () => {
    const tape = [...limits()].reverse();
    for (const each of found(tape)) {
      for (const { seq } of each.evidence) expect(tape.map((event) => event.seq)).toContain(seq);
    }
    expect(digest("x")).toMatch(/^sha256:/);
  });
});

describe("a push that sends only what is new", () => {
  const pushes = registry().filter((event) => event.type === "image.pushed");
  const upTo = (seq: number): AnyEvent[] => registry().slice(0, seq);

  test("is proven by the second push of a changed image, not by the first", () => {
    expect(parts(upTo(pushes[0]?.seq ?? 0), "storage")).toEqual([]);
    expect(parts(upTo(pushes[1]?.seq ?? 0), "storage")).toEqual(["sent"]);
  });

  test("says how much was sent", () => {
    const [evidence] = row(upTo(pushes[1]?.seq ?? 0), "storage").evidence;
    expect(evidence?.text).toBe(`The push of ${NAME} is done: 1 layer sent, 3 already existed.`);
  });

  test("does not complete the row by itself", () => {
    expect(row(registry(), "storage").found).toBe(false);
  });
});

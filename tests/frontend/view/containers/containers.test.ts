import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { append, NO_OUTPUT } from "@/scene/output";
import { fold } from "@/scene/reduce";
import type { Container } from "@/scene/types";
import { commandOf, offers, reasonAgainst, stateWords } from "@/view/containers/actions";
import { changesWords } from "@/view/containers/changes";
import { newestCommand } from "@/view/containers/execs";
import { firstPane } from "@/view/containers/panes";
import { plainText, shownOutput } from "@/view/containers/plain-text";

import { digest, execId, hex, TapeMaker } from "../../tapes/maker";

function container(): { maker: TapeMaker; id: string; now: () => Container } {
  const maker = new TapeMaker().open();
  const id = maker.container("web", digest("image"));
  const now = () => {
    const found = fold(maker.events).containers[0];
    if (!found) throw new Error("no container");
    return found;
  };
  return { maker, id, now };
}

describe("a container's actions", () => {
  const enabled = (from: Container) =>
    offers(from, true)
      .filter((offer) => offer.reason === null)
      .map((offer) => offer.action);

  it("fit its state, and say why not", () => {
    const { maker, id, now } = container();
    expect(enabled(now())).toEqual([
      "stop",
      "restart",
      "pause",
      "kill",
      "commit",
      "rename",
      "remove",
    ]);
    expect(reasonAgainst("start", now())).toBe("web is running already.");
    maker.add({ type: "container.paused", container: id });
    expect(enabled(now())).toEqual(["stop", "resume", "kill", "commit", "rename", "remove"]);
    expect(reasonAgainst("shell", now())).toMatch(/resume it first/);
    maker.exit(id, 0, "stopped");
    expect(enabled(now())).toEqual(["start", "restart", "commit", "rename", "remove"]);
    expect(reasonAgainst("shell", now())).toMatch(/start it first/);
  });

  it("are none for who watches", () => {
    const { now } = container();
    expect(offers(now(), false).every((offer) => offer.reason?.includes("watching"))).toBe(true);
  });

  it("become commands; a running one is removed by force", () => {
    const { maker, id, now } = container();
    expect(commandOf("remove", now())).toEqual({
      type: "container.remove",
      container: id,
      force: true,
    });
    expect(commandOf("stop", now())).toEqual({ type: "container.stop", container: id });
    maker.exit(id, 0, "completed");
    expect(commandOf("remove", now())).toEqual({ type: "container.remove", container: id });
  });

  it.each([
    ["completed", 0, "done (exit code 0)"],
    ["failed", 1, "failed (exit code 1)"],
    ["stopped", 143, "stopped (exit code 143)"],
    ["killed", 137, "killed (exit code 137)"],
    ["out-of-memory", 137, "ended: out of memory (exit code 137)"],
    ["timeout", 124, "ended: its time was up (exit code 124)"],
    ["lost", 255, "ended when the engine went away (exit code 255)"],
  ] as const)("an end as %s is said in words", (reason, code, words) => {
    const { maker, id, now } = container();
    maker.exit(id, code, reason);
    expect(stateWords(now())).toBe(words);
  });
});

describe("what it changed", () => {
  const changes = [
    { path: "/app", kind: "modified", size: 0 },
    { path: "/app/a", kind: "added", size: 3 },
    { path: "/etc/x", kind: "deleted", size: 0 },
  ] as const;

  it("is counted in words", () => {
    expect(changesWords(changes)).toBe("1 added, 1 changed, 1 deleted");
    expect(changesWords([])).toBe("nothing changed");
  });

  it("is what a stopped container is opened with", () => {
    expect(firstPane(2, false)).toBe("files");
    expect(firstPane(2, true)).toBe("log");
  });
});

it("the newest command is the one shown, terminals left out", () => {
  const { maker, id } = container();
  for (const [name, terminal] of [
    ["one", false],
    ["two", false],
    ["shell", true],
  ] as const) {
    maker.add({
      type: "exec.started",
      container: id,
      exec: execId(name),
      command: [name],
      terminal,
    });
  }
  const scene = fold(maker.events);
  expect(newestCommand(scene, id)?.command).toEqual(["two"]);
  expect(newestCommand(scene, hex("other"))).toBeNull();
});

describe("output as plain text", () => {
  it.each([
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["50%\r100%\n", "100%\n"],
    ["a\r\nb", "a\nb"],
    ["one\rtwo\rthree\r\r\nnext\r", "three\nnext"],
    ["bell\u0007", "bell␇"],
    ["\u202egnp.exe", "‹U+202E›gnp.exe"],
    ["<b>&amp;</b>", "<b>&amp;</b>"],
    ["\u001b[2J\u001b[Hclear", "clear"],
  ])("%j is shown as %j", (raw, shown) => {
    expect(plainText(raw)).toBe(shown);
  });

  it("never keeps a character that hides or reorders text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (raw) => {
        for (const char of plainText(raw)) {
          const code = char.codePointAt(0) ?? 0;
          expect(code >= 32 || char === "\n" || char === "\t" || char === "\r").toBe(true);
          expect("\u007f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069").not.toContain(
            char,
          );
        }
      }),
    );
  });

  // What took the square of the length would outlast the test.
  it("copes with one endless line", () => {
    expect(plainText("x".repeat(500_000))).toHaveLength(500_000);
    expect(plainText(`${"x".repeat(500_000)}\r`.repeat(2))).toHaveLength(500_000);
    expect(plainText("\u001b]".repeat(200_000))).toBe("");
  });

  it("keeps the streams apart and joins what one stream wrote in pieces", () => {
    let output = append(NO_OUTPUT, 1, "stdout", "one ");
    output = append(output, 2, "stdout", "line\n");
    output = append(output, 3, "stderr", "oops\n");
    expect(shownOutput(output).segments).toEqual([
      { key: 1, stream: "stdout", text: "one line\n" },
      { key: 3, stream: "stderr", text: "oops\n" },
    ]);
  });

  it("shows the last lines, and says when earlier ones are left out", () => {
    let output = NO_OUTPUT;
    for (let line = 1; line <= 10; line += 1) output = append(output, line, "stdout", `${line}\n`);
    expect(shownOutput(output, 3)).toEqual({
      segments: [{ key: 1, stream: "stdout", text: "8\n9\n10\n" }],
      cut: true,
    });
    expect(shownOutput(output, 10).cut).toBe(false);
  });

  it("goes through the end of a flood only, and says so", () => {
    const flood = append(NO_OUTPUT, 1, "stdout", `${"y".repeat(99)}\n`.repeat(3000));
    const { segments, cut } = shownOutput(flood, 100_000);
    expect(cut).toBe(true);
    expect(segments[0]?.text.startsWith("y".repeat(99))).toBe(true);
    expect(segments[0]?.text.length).toBeLessThanOrEqual(128 * 1024);
  });

  it("joins a sequence that was cut in two", () => {
    const output = append(append(NO_OUTPUT, 1, "stdout", "a\u001b["), 2, "stdout", "31mb");
    expect(shownOutput(output).segments[0]?.text).toBe("ab");
  });
});

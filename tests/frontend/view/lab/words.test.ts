import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { quote } from "@/scene/commands";
import { commandFor, needsShell, splitWords } from "@/view/lab/words";

describe("a typed command", () => {
  it.each([
    ["ls -l /app", ["ls", "-l", "/app"]],
    ["  echo   hello  ", ["echo", "hello"]],
    [`echo "two words" 'and $these'`, ["echo", "two words", "and $these"]],
    [`echo a\\ b "c\\"d"`, ["echo", "a b", 'c"d']],
    [`echo ""`, ["echo", ""]],
    ["", []],
  ])("%j is split as a shell splits it", (line, words) => {
    expect(splitWords(line)).toEqual({ words });
  });

  it("tells which quote is not closed", () => {
    expect(splitWords(`echo "oops`)).toEqual({ problem: expect.stringContaining('"') });
  });

  it.each([
    "a | b",
    "echo $HOME",
    "ls *.py",
    "a > b",
    "a && b",
    "(cd x)",
    "echo `id`",
    "a; b",
    `echo "$A"`,
  ])("%j needs a shell", (line) => {
    expect(needsShell(line)).toBe(true);
    expect(commandFor(line)).toEqual({ words: ["sh", "-c", line] });
  });

  it.each(["ls -l", "echo '$HOME | x'", `echo "a;b"`, "cat /etc/os-release", "echo \\$HOME"])(
    "%j needs none",
    (line) => {
      expect(needsShell(line)).toBe(false);
    },
  );

  it("gives back the words that were quoted for a shell", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (words) => {
        expect(splitWords(words.map(quote).join(" "))).toEqual({ words });
      }),
    );
  });
});

/** A diagnosis' one-click fix as a replacement of characters, so that the editor can undo it. */
import type { Fix } from "../../events/generated";

export interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** Where a fix goes in the text; null when the text no longer has the lines it is about. */
export function replacement(text: string, fix: Fix): Replacement | null {
  const starts = lineStarts(text);
  const { line_start: first, line_end: last } = fix;
  if (first < 1 || first > starts.length + 1 || last > starts.length || last < first - 1)
    return null;
  if (last === first - 1) return insertion(text, starts, first, fix.text);
  const from = starts[first - 1] ?? 0;
  const next = starts[last];
  const end = next === undefined ? text.length : next - newlineLength(text, next);
  if (fix.text !== "") return { from, to: end, insert: fix.text };
  return deletion(text, from, end, next);
}

/** The text with the fix applied; unchanged when it does not fit. */
export function applyFix(text: string, fix: Fix): string {
  const change = replacement(text, fix);
  if (change === null) return text;
  return text.slice(0, change.from) + change.insert + text.slice(change.to);
}

function insertion(text: string, starts: number[], line: number, insert: string): Replacement {
  const at = starts[line - 1];
  if (at !== undefined) return { from: at, to: at, insert: `${insert}\n` };
  const newline = text === "" || text.endsWith("\n") ? "" : "\n";
  return { from: text.length, to: text.length, insert: newline + insert };
}

// Deleting whole lines takes their newline along: the one behind, or for the last line the one before.
function deletion(text: string, from: number, end: number, next: number | undefined): Replacement {
  if (next !== undefined) return { from, to: next, insert: "" };
  const before = from > 0 ? from - newlineLength(text, from) : from;
  return { from: before, to: end, insert: "" };
}

function newlineLength(text: string, lineStart: number): number {
  return text[lineStart - 2] === "\r" ? 2 : 1;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

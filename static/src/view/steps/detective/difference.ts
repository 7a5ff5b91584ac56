/** Two texts compared, line by line or word by word. Loaded when a difference is first shown. */
import { diffWordsWithSpace, structuredPatch } from "diff";

export interface Line {
  readonly kind: "same" | "added" | "deleted";
  readonly text: string;
  /** Line numbers in the text before and after; null where it has no such line. */
  readonly before: number | null;
  readonly after: number | null;
  /** The last line of a text that ends without a line break. */
  readonly unended: boolean;
}

/** Lines that belong together; between two hunks are lines that did not change. */
export type Hunk = readonly Line[];

export interface Piece {
  readonly kind: "same" | "added" | "deleted";
  readonly text: string;
}

/** Lines shown around a change. */
const CONTEXT = 3;
/** Lines or words that may differ; beyond it the two texts have little to do with each other. */
const MOST_EDITS = 4000;

/** What differs, in hunks; null when that are too many lines to compare. */
export function lineDifference(before: string, after: string): readonly Hunk[] | null {
  const options = { context: CONTEXT, maxEditLength: MOST_EDITS };
  const patch = structuredPatch("", "", before, after, "", "", options);
  if (!patch) return null;
  return patch.hunks.map((hunk) => numbered(hunk.lines, hunk.oldStart, hunk.newStart));
}

/** A line's words with what went and what came; the line as it was and as it is read off it. */
export function wordDifference(before: string, after: string): readonly Piece[] {
  const changes = diffWordsWithSpace(before, after, { maxEditLength: MOST_EDITS });
  if (!changes) {
    return [
      { kind: "deleted", text: before },
      { kind: "added", text: after },
    ];
  }
  return changes.map((change) => ({
    kind: change.added ? "added" : change.removed ? "deleted" : "same",
    text: change.value,
  }));
}

function numbered(lines: readonly string[], oldStart: number, newStart: number): Hunk {
  const found: Line[] = [];
  let [before, after] = [oldStart, newStart];
  for (const line of lines) {
    const [sign, text] = [line.slice(0, 1), line.slice(1)];
    const last = found.at(-1);
    if (sign === "\\") {
      // “\ No newline at end of file” is said of the line before it.
      if (last) found[found.length - 1] = { ...last, unended: true };
      continue;
    }
    const kind = sign === "+" ? "added" : sign === "-" ? "deleted" : "same";
    found.push({
      kind,
      text,
      before: kind === "added" ? null : before++,
      after: kind === "deleted" ? null : after++,
      unended: false,
    });
  }
  return found;
}

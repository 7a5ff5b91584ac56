/** What keys do in a tree (WAI-ARIA's tree pattern), as arithmetic on its rows. */
import type { Row } from "./tree";

export type Deed =
  | { readonly kind: "go"; readonly to: number }
  | { readonly kind: "open"; readonly folder: string }
  | { readonly kind: "close"; readonly folder: string }
  | { readonly kind: "press"; readonly at: number };

const PAGE = 10;

/** What the key does at row `at`; null when it does nothing here. */
export function deed(rows: readonly Row[], at: number, key: string): Deed | null {
  const row = rows[at];
  if (!row) return null;
  switch (key) {
    case "ArrowDown":
      return go(rows, at + 1);
    case "ArrowUp":
      return go(rows, at - 1);
    case "PageDown":
      return go(rows, at + PAGE);
    case "PageUp":
      return go(rows, at - PAGE);
    case "Home":
      return go(rows, 0);
    case "End":
      return go(rows, rows.length - 1);
    case "ArrowRight":
      return inwards(rows, at, row);
    case "ArrowLeft":
      return outwards(rows, at, row);
    case "Enter":
    case " ":
      return { kind: "press", at };
    default:
      return null;
  }
}

/** The next row, around the end, whose name begins with what was typed; null when none does. */
export function typedTo(rows: readonly Row[], at: number, typed: string): number | null {
  const wanted = typed.toLowerCase();
  // The row may go on fitting while the word grows; the next one is looked for with its first letter.
  const from = wanted.length > 1 ? at : at + 1;
  for (let step = 0; step < rows.length; step += 1) {
    const index = (from + step) % rows.length;
    const row = rows[index];
    if (row?.what === "entry" && row.entry.name.toLowerCase().startsWith(wanted)) return index;
  }
  return null;
}

/** True for keys that write a sign: those of a name that is typed to go to it. */
export function writes(key: string): boolean {
  return key.length === 1 && /[\p{L}\p{N}._-]/u.test(key);
}

function go(rows: readonly Row[], to: number): Deed {
  return { kind: "go", to: Math.max(0, Math.min(rows.length - 1, to)) };
}

function inwards(rows: readonly Row[], at: number, row: Row): Deed | null {
  if (row.what !== "entry" || row.expanded === null) return null;
  if (!row.expanded) return { kind: "open", folder: row.entry.path };
  const below = rows[at + 1];
  return below && below.level > row.level ? { kind: "go", to: at + 1 } : null;
}

function outwards(rows: readonly Row[], at: number, row: Row): Deed | null {
  if (row.what === "entry" && row.expanded) return { kind: "close", folder: row.entry.path };
  for (let above = at - 1; above >= 0; above -= 1) {
    if ((rows[above]?.level ?? 0) < row.level) return { kind: "go", to: above };
  }
  return null;
}

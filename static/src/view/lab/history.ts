/** The docker commands that this page's clicks stood for, newest last, and how each ended. */

export type Outcome = "sent" | "done" | "failed";

export interface Entry {
  readonly id: number;
  /** The equivalent command line, ready to paste into a shell. */
  readonly line: string;
  readonly outcome: Outcome;
}

const LENGTH = 50;
export function added(entries: readonly Entry[], id: number, line: string): Entry[] {
  return [...entries, { id, line, outcome: "sent" as const }].slice(-LENGTH);
}

export function ended(entries: readonly Entry[], id: number, outcome: Outcome): Entry[] {
  return entries.map((entry) => (entry.id === id ? { ...entry, outcome } : entry));
}

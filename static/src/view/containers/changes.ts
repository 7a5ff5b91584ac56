/** What a container changed, in Docker's letters and in words. */
import type { ChangeKind, FileChange } from "../../events/generated";

/** The letter that `docker diff` writes. */
export const LETTERS: Readonly<Record<ChangeKind, string>> = {
  added: "A",
  modified: "C",
  deleted: "D",
};

export const CHANGE_WORDS: Readonly<Record<ChangeKind, string>> = {
  added: "added",
  modified: "changed",
  deleted: "deleted",
};

/** "2 added, 1 changed": the whole list in a few words. */
export function changesWords(changes: readonly FileChange[]): string {
  const kinds: readonly ChangeKind[] = ["added", "modified", "deleted"];
  const words = kinds
    .map((kind) => ({ kind, count: changes.filter((change) => change.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${CHANGE_WORDS[kind]}`);
  return words.length === 0 ? "nothing changed" : words.join(", ");
}

/** True when the path is a folder, as far as the list tells: something in it changed too. */
export function isFolder(path: string, changes: readonly FileChange[]): boolean {
  return changes.some((change) => change.path.startsWith(`${path}/`));
}

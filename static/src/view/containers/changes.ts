/** What a container changed, in words. */
import type { ChangeKind, FileChange } from "../../events/generated";

const CHANGE_WORDS: Readonly<Record<ChangeKind, string>> = {
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

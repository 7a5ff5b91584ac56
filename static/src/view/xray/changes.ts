/**
 * A container's own layer as the tape tells it: what the page shows of an earlier moment, for the
 * engine only knows how the container is now.
 */
import type { FileChange } from "../../events/generated";
import type { EntryState, Filter, XrayEntry, XrayPage, XrayQuery } from "./answers";

const FILTER_OF: Readonly<Record<FileChange["kind"], Filter>> = {
  added: "added",
  modified: "changed",
  deleted: "deleted",
};

/** The answer that the site would have given then: always a flat list, in one page. */
export function pageOfChanges(changes: readonly FileChange[], query: XrayQuery): XrayPage {
  const wanted = (query.search ?? "").toLowerCase();
  const only = new Set(query.only ?? []);
  const entries = changes
    .filter(({ path, kind }) => {
      return path.toLowerCase().includes(wanted) && (only.size === 0 || only.has(FILTER_OF[kind]));
    })
    .map((change) => entryOf(change, changes));
  const sorted = entries.toSorted((a, b) =>
    query.sort === "size" ? b.size - a.size : compare(a.path, b.path),
  );
  return { entries: sorted, next: null, summary: summaryOf(changes) };
}

function entryOf(change: FileChange, changes: readonly FileChange[]): XrayEntry {
  const path = change.path.startsWith("/") ? change.path : `/${change.path}`;
  const folder = changes.some((other) => other.path.startsWith(`${change.path}/`));
  const state: EntryState = change.kind;
  return {
    path,
    name: path,
    kind: folder ? "directory" : "file",
    state,
    layer: null,
    size: change.size,
    weight: 0,
    mode: 0,
    target: null,
    children: 0,
    hidden_by: null,
    copies: [],
  };
}

function summaryOf(changes: readonly FileChange[]) {
  const count = (kind: FileChange["kind"]) => changes.filter((each) => each.kind === kind).length;
  return {
    size: changes.reduce((total, change) => total + change.size, 0),
    hidden: 0,
    wasted: 0,
    efficiency: 1,
    files: changes.length,
    added: count("added"),
    modified: count("modified"),
    deleted: count("deleted"),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

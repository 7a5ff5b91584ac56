/** The versions of one path, through the layers of an image and a container's own: which can be read. */
import { bytes } from "../../scene/words";
import type { EntryState, XrayEntry } from "./answers";
import { markWords, type LayerMark } from "./marks";

export interface Version {
  /** What the site reads it from: a layer's digest, or the container's id. */
  readonly ref: string;
  /** Null for a container's own layer. */
  readonly mark: LayerMark | null;
  readonly state: EntryState;
  readonly kind: XrayEntry["kind"];
  readonly size: number;
}

/** True where there is content: a deletion is only a mark. */
export function isReadable(version: Version): boolean {
  return version.state !== "deleted" && version.kind === "file";
}

const WORDS: Readonly<Record<EntryState, string>> = {
  added: "added",
  modified: "changed",
  deleted: "deleted",
  same: "added",
  ghost: "added",
};

/** For example `layer 2, COPY secret /: added, 32 B`. */
export function versionWords(version: Version): string {
  const where = markWords(version.mark ?? undefined);
  const size = isReadable(version) ? `, ${bytes(version.size)}` : "";
  return `${where}: ${WORDS[version.state]}${size}`;
}

export function stateWords(version: Version): string {
  return WORDS[version.state];
}

/**
 * What became of a path, the oldest version first. The entry is an image's or a container's (whose
 * id is given then): those tell of all layers.
 */
export function versionsOf(
  entry: XrayEntry,
  marks: ReadonlyMap<string, LayerMark>,
  container: string | null,
): readonly Version[] {
  const { kind } = entry;
  const found: Version[] = [];
  const put = (layer: string | null, state: EntryState, size: number) => {
    const mark = layer === null ? null : marks.get(layer);
    const ref = layer ?? container;
    if (mark !== undefined && ref !== null) found.push({ ref, mark, state, kind, size });
  };
  for (const { layer, size } of entry.copies) put(layer, stateAt(found.length), size);
  const gone = entry.state === "ghost" || entry.state === "deleted";
  // What is gone has no size any more; its weight is that of all its copies.
  const older = entry.copies.reduce((total, copy) => total + copy.size, 0);
  const size = gone ? Math.max(0, entry.weight - older) : entry.size;
  put(entry.layer, stateAt(found.length), size);
  if (gone && (entry.hidden_by !== null || container !== null)) put(entry.hidden_by, "deleted", 0);
  return found;
}

function stateAt(place: number): EntryState {
  return place === 0 ? "added" : "modified";
}

/** The version to begin with: the one that the row stood for, else the newest that can be read. */
export function firstShown(versions: readonly Version[], layer: string | null): Version | null {
  const meant = versions.findLast(({ mark }) => (mark?.digest ?? null) === layer);
  if (meant && isReadable(meant)) return meant;
  return versions.findLast(isReadable) ?? meant ?? versions.at(-1) ?? null;
}

/** What became of the path after this version, for example that a secret in it is still there. */
export function fate(versions: readonly Version[], shown: Version): string {
  const next = versions[versions.indexOf(shown) + 1];
  if (!next || !isReadable(shown)) return "";
  const where = next.mark ? `layer ${next.mark.number}` : "the container’s own layer";
  return next.state === "deleted"
    ? `Deleted in ${where}, and still here to be read: whoever has the image has this file.`
    : `Changed in ${where}: this older copy is still stored.`;
}

/** The site takes so much of a search. */
const LONGEST = 200;

/** A search that finds this path alone: a glob is held against the whole path, a word against a part. */
export function exactly(path: string): string {
  const glob = `[/]${path.slice(1).replace(/[*?[]/g, "[$&]")}`;
  if (glob.length <= LONGEST) return glob;
  // Not in the middle of a bracket: what is left out begins and ends at plain letters.
  const [start, end] = [path.slice(1, 60), path.slice(-60)].map((part) =>
    part.replace(/[*?[]/g, "?"),
  );
  return `[/]${start}*${end}`;
}

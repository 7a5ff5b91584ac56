/** The tree as data: listings that came, folders that are open, and the rows that both make. */
import type { XrayEntry, XrayPage } from "./answers";

export const ROOT = "/";

/** The part of a folder's children, or of a flat list, that came so far. */
export interface Listing {
  readonly entries: readonly XrayEntry[];
  /** Where the next page begins; null when all of it is here. */
  readonly next: string | null;
  readonly busy: boolean;
  /** Why the last question failed; empty when it did not. */
  readonly trouble: string;
}

export interface Tree {
  /** By folder; a flat list is the root's. */
  readonly listings: ReadonlyMap<string, Listing>;
  readonly open: ReadonlySet<string>;
  /** True for the answer to a search or a filter: whole paths, no folders to open. */
  readonly flat: boolean;
}

export const NO_TREE: Tree = { listings: new Map(), open: new Set(), flat: false };
const NOTHING: Listing = { entries: [], next: null, busy: false, trouble: "" };

interface Place {
  readonly key: string;
  /** From 1. */
  readonly level: number;
  /** From 1, among its siblings; `of` is -1 while nobody knows how many there are. */
  readonly at: number;
  readonly of: number;
}

export interface EntryRow extends Place {
  readonly what: "entry";
  readonly entry: XrayEntry;
  /** Null for what cannot be opened in the tree. */
  readonly expanded: boolean | null;
}

/** Stands for what is not here: the next page, an answer under way, one that failed. */
export interface RestRow extends Place {
  readonly what: "more" | "loading" | "trouble" | "empty";
  readonly folder: string;
  readonly words: string;
}

export type Row = EntryRow | RestRow;

/** All rows in the order in which they are seen. */
export function rowsOf(tree: Tree): readonly Row[] {
  const rows: Row[] = [];
  put(tree, ROOT, 1, rows);
  return rows;
}

function put(tree: Tree, folder: string, level: number, rows: Row[]): void {
  const listing = tree.listings.get(folder) ?? NOTHING;
  const rest = restOf(listing, folder, level);
  const of = listing.next === null ? listing.entries.length + (rest ? 1 : 0) : -1;
  for (const [index, entry] of listing.entries.entries()) {
    const opens = !tree.flat && entry.kind === "directory" && entry.children !== 0;
    const expanded = opens ? tree.open.has(entry.path) : null;
    rows.push({ what: "entry", key: keyOf(entry), level, at: index + 1, of, entry, expanded });
    if (expanded) put(tree, entry.path, level + 1, rows);
  }
  if (rest) rows.push({ ...rest, at: listing.entries.length + 1, of });
}

/** A path may be there twice: as it is, and as the ghost of what it was. */
export function keyOf(entry: XrayEntry): string {
  return `${entry.path} ${entry.state} ${entry.layer ?? ""}`;
}

function restOf(
  listing: Listing,
  folder: string,
  level: number,
): Omit<RestRow, "at" | "of"> | null {
  const row = { folder, level, key: restKey(folder) };
  if (listing.trouble) return { ...row, what: "trouble", words: listing.trouble };
  if (listing.busy) return { ...row, what: "loading", words: "Asking the engine…" };
  if (listing.next !== null) return { ...row, what: "more", words: "Show more" };
  // The root says so in a sentence of its own, beside the tree.
  if (listing.entries.length > 0 || folder === ROOT) return null;
  return { ...row, what: "empty", words: "Nothing is in this folder." };
}

/** Of the row that stands for what is not here of a folder. */
export function restKey(folder: string): string {
  return `${folder} rest`;
}

/** The folder is being asked for; what came before stays, unless it starts anew. */
export function asking(tree: Tree, folder: string): Tree {
  const before = tree.listings.get(folder) ?? NOTHING;
  return withListing(tree, folder, { ...before, busy: true, trouble: "" });
}

/** A page came: the first of its folder, or one that goes on where the last ended. */
export function received(tree: Tree, folder: string, page: XrayPage, further: boolean): Tree {
  const before = further ? (tree.listings.get(folder)?.entries ?? []) : [];
  // Where a container changes between two pages, what moved must not be there twice.
  const known = new Set(before.map(keyOf));
  // And what does not lie in the folder would lead round in circles.
  const within = folder === ROOT ? ROOT : `${folder}/`;
  const fits = (entry: XrayEntry) => entry.path.startsWith(within) && !known.has(keyOf(entry));
  const entries = [...before, ...page.entries.filter(fits)];
  return withListing(tree, folder, { entries, next: page.next, busy: false, trouble: "" });
}

export function failed(tree: Tree, folder: string, trouble: string): Tree {
  const before = tree.listings.get(folder) ?? NOTHING;
  return withListing(tree, folder, { ...before, busy: false, trouble });
}

export function opened(tree: Tree, ...folders: readonly string[]): Tree {
  return { ...tree, open: new Set([...tree.open, ...folders]) };
}

/** Without what came, but for one listing; the same folders stay open. */
export function unlisted(tree: Tree, kept = ""): Tree {
  const listing = tree.listings.get(kept);
  return { ...tree, listings: new Map(listing ? [[kept, listing]] : []) };
}

export function closed(tree: Tree, folder: string): Tree {
  return { ...tree, open: new Set([...tree.open].filter((each) => each !== folder)) };
}

/** The folders above a path, the root left out: `/usr`, `/usr/lib` for `/usr/lib/os-release`. */
export function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.slice(0, -1).map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

function withListing(tree: Tree, folder: string, listing: Listing): Tree {
  return { ...tree, listings: new Map([...tree.listings, [folder, listing]]) };
}

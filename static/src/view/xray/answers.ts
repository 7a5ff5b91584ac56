/** What the X-ray's HTTP side is asked and answers: trees of layers, images and containers. */

export type SubjectKind = "layer" | "image" | "container";

/** What is looked into. `image` tells in which image a layer is looked at; null when none has it. */
export interface Subject {
  readonly kind: SubjectKind;
  /** A digest, or a container's id. */
  readonly id: string;
  readonly image: string | null;
}

export type EntryState = "added" | "modified" | "deleted" | "same" | "ghost";

/** One path. */
export interface XrayEntry {
  readonly path: string;
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  readonly state: EntryState;
  /** Digest of the layer that it lies in; null for a container's own. */
  readonly layer: string | null;
  /** Bytes; of a folder, of all below it. */
  readonly size: number;
  /** Bytes that copies of it take which are not seen any more. */
  readonly weight: number;
  readonly mode: number;
  readonly target: string | null;
  /** Of a folder: how many entries it has. */
  readonly children: number | null;
  /** The layer that deleted or replaced it; null for a container's own, and where nothing did. */
  readonly hidden_by: string | null;
  /** Older copies that a later layer hides, the lowest first. */
  readonly copies: readonly { readonly layer: string | null; readonly size: number }[];
}

export interface XraySummary {
  /** Bytes. */
  readonly size: number;
  /** Bytes of it, or of the layers below it, that it hides: all weights together. */
  readonly hidden: number;
  /** Bytes of all copies of paths that more than one layer writes or deletes, as dive reckons. */
  readonly wasted: number;
  /** From 0 to 1. */
  readonly efficiency: number;
  readonly files: number;
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
}

export interface XrayPage {
  readonly entries: readonly XrayEntry[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
  readonly summary: XraySummary;
}

/** The filters, as the page offers them and the site takes them. */
export const FILTERS = ["added", "changed", "deleted", "wasted"] as const;
export type Filter = (typeof FILTERS)[number];

/** With `folder` the children of one folder; with `search` or `only` a flat list. */
export interface XrayQuery {
  readonly folder?: string;
  readonly search?: string;
  readonly only?: readonly Filter[];
  readonly sort?: "name" | "size";
  readonly after?: string;
}

/** The query as it stands in an address, without its question mark. */
export function queryText(subject: Subject, query: XrayQuery): string {
  const words = new URLSearchParams();
  if (query.folder !== undefined) words.set("folder", query.folder);
  if (query.search) words.set("search", query.search);
  if (query.only?.length) words.set("only", query.only.join(","));
  if (query.sort) words.set("sort", query.sort);
  if (subject.kind === "layer" && subject.image) words.set("image", subject.image);
  if (query.after) words.set("after", query.after);
  return words.toString();
}

/** A file as the site reads it, at one layer. */
export interface XrayFile {
  readonly text: string;
  readonly binary: boolean;
  readonly truncated: boolean;
  /** Bytes of the whole file. */
  readonly size: number;
}

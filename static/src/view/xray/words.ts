/** What the X-ray says: of a path, of what is wasted, and of a place where nothing is. */
import { bytes, count } from "../../scene/words";
import type { EntryState, Filter, SubjectKind, XrayEntry, XraySummary } from "./answers";

const STATES: Readonly<Record<EntryState, string>> = {
  added: "added",
  modified: "changed",
  deleted: "deleted",
  same: "",
  ghost: "hidden",
};

/** In a container the same states have names of their own: what the engine does for them. */
const IN_CONTAINER: Readonly<Partial<Record<EntryState, string>>> = {
  modified: "copied up",
  deleted: "whiteout",
};

/**
 * A few words for the row; empty where nothing happened to it. `hider` is the number of the layer
 * that hides it, where one does.
 */
export function stateWord(kind: SubjectKind, entry: XrayEntry, hider?: number): string {
  const own = kind === "container" && (entry.layer === null || entry.state === "deleted");
  if (entry.state === "ghost" && hider !== undefined) return `hidden by ${hider}`;
  // All that an image holds was added by one of its layers, which the badge names.
  if (kind === "image" && entry.state === "added") return "";
  return (own ? IN_CONTAINER[entry.state] : undefined) ?? STATES[entry.state];
}

/** True for what nobody sees any more; its name is struck through. */
export function isGone(entry: XrayEntry): boolean {
  return entry.state === "deleted" || entry.state === "ghost";
}

/** True for a file that nobody sees and that can still be read: a layer of the image has it. */
export function isStillThere(entry: XrayEntry): boolean {
  return isGone(entry) && entry.kind === "file" && entry.layer !== null;
}

/** The row's size column: what it takes, or what it still takes though nobody sees it. */
export function sizeWords(entry: XrayEntry): string {
  if (isGone(entry)) {
    if (isStillThere(entry)) return `still readable, ${bytes(entry.weight)}`;
    return entry.weight > 0 ? `still ${bytes(entry.weight)}` : "";
  }
  if (entry.kind === "symlink") return "link";
  return bytes(entry.size);
}

/** Beside the size: bytes of copies below that nobody sees; empty when there are none. */
export function weightWords(entry: XrayEntry): string {
  return isGone(entry) || entry.weight === 0 ? "" : `+ ${bytes(entry.weight)} hidden`;
}

/** The whole row in one phrase, for a screen reader; `layer` says where it lies. */
export function rowName(
  kind: SubjectKind,
  entry: XrayEntry,
  layer: string,
  hider?: number,
): string {
  const parts = [entry.path];
  if (entry.kind === "directory") parts.push("folder");
  if (entry.target !== null) parts.push(`link to ${entry.target}`);
  const state = stateWord(kind, entry, hider);
  if (state) parts.push(hider === undefined ? state : `hidden by layer ${hider}`);
  if (layer) parts.push(isGone(entry) ? `lies in ${layer}` : `from ${layer}`);
  const size = sizeWords(entry);
  if (size && size !== "link") parts.push(size);
  const weight = weightWords(entry);
  if (weight) parts.push(weight);
  return parts.join(", ");
}

export const FILTER_WORDS: Readonly<Record<Filter, string>> = {
  added: "Added",
  changed: "Changed",
  deleted: "Deleted",
  wasted: "Wasted",
};

/** What the tree calls waste: what an image wastes, what a layer hides. */
export function wastedWords(kind: SubjectKind, summary: XraySummary): string {
  if (kind === "image") return `${bytes(summary.wasted)} wasted`;
  return kind === "layer" && summary.hidden > 0 ? `${bytes(summary.hidden)} hidden below` : "";
}

/** `34 files, 12 MB`; of a layer what it did: `12 MB: 3 added, 1 changed`. */
export function sumWords(kind: SubjectKind, summary: XraySummary): string {
  const { files, size, added, modified, deleted } = summary;
  if (kind !== "layer") return `${count(files, "file")}, ${bytes(size)}`;
  const deeds = [
    added > 0 ? `${added} added` : "",
    modified > 0 ? `${modified} changed` : "",
    deleted > 0 ? `${deleted} deleted` : "",
  ].filter((part) => part !== "");
  return `${bytes(size)}: ${deeds.join(", ") || "nothing in it"}`;
}

/** Whole per cent, but never 100 % while a byte is wasted. */
export function efficiencyPercent({ efficiency, wasted }: XraySummary): number {
  const whole = Math.round(Math.max(0, Math.min(1, efficiency)) * 100);
  return wasted > 0 ? Math.min(99, whole) : whole;
}

/** What the figures mean, and what to do about them. */
export function meaning(kind: SubjectKind, summary: XraySummary): string {
  if (kind === "container") return ownLayerMeaning(summary);
  const { wasted, hidden } = summary;
  const advice = "Deleting in a later layer frees nothing: delete in the RUN that writes it.";
  if (kind === "layer") {
    if (hidden === 0) return "It hides nothing of the layers below it.";
    return `It hides ${bytes(hidden)} of the layers below it, which keep them. ${advice}`;
  }
  if (wasted === 0) {
    return "Nothing is stored twice, and nothing is hidden: every byte of its layers is seen.";
  }
  const nobody = hidden > 0 ? `; nobody sees ${bytes(hidden)} of them` : "";
  return `${bytes(wasted)} belong to files that more than one layer writes or deletes${nobody}. ${advice}`;
}

function ownLayerMeaning({ modified, deleted }: XraySummary): string {
  const parts = [
    modified > 0 ? "Copied up: the engine copied the image’s file here before it was changed." : "",
    deleted > 0 ? "Whiteout: a mark that hides the image’s file; the image keeps it." : "",
  ].filter((part) => part !== "");
  return parts.join(" ") || "The image below is shared and never changes.";
}

/** Why the list is empty, and what would fill it. */
export function emptiness(
  kind: SubjectKind,
  search: string,
  only: readonly Filter[],
): { readonly title: string; readonly more: string } {
  if (search !== "") {
    const more = "Part of a name is enough: os-rel finds /etc/os-release.";
    return { title: `No path here has “${search}” in it`, more };
  }
  if (only.length === 1 && only[0] === "wasted") {
    return {
      title: "Nothing is wasted",
      more: "A byte is wasted when a later layer overwrites or deletes its file: it is kept, and nobody sees it.",
    };
  }
  if (only.length > 0 && kind === "container") {
    return {
      title: "Nothing changed yet",
      more: "It sees every file of its image. The first file that it writes, changes or deletes shows up here, and in its own layer on the stage.",
    };
  }
  if (only.length > 0)
    return { title: "No path is like that", more: "Choose another filter, or none." };
  return {
    title: kind === "layer" ? "This layer holds no files" : "There are no files in it",
    more: "An instruction that changes no file leaves a layer with nothing in it, or none at all.",
  };
}

/** What a slab says: its state in words, its name for a screen reader, a running step's last line. */
import type { Output } from "../../scene/types";
import { bytes, count, excerpt, list } from "../../scene/words";
import type { Part, Slab } from "./stacks";

/** The state in plain words; empty for a layer that was just made, which needs none. */
export function stateNote(slab: Slab): string {
  switch (slab.state) {
    case "planned":
      return "to come";
    case "running":
      return "running";
    case "cached":
      return "cache";
    case "made":
      return "";
    case "failed":
      return slab.step?.exitCode ? `failed, exit ${slab.step.exitCode}` : "failed";
    case "stopped":
      return "stopped";
    case "skipped":
      return "not needed";
    case "unreached":
      return "never reached";
    case "kept":
      return "its layer stays in the build cache";
    case "follows":
      return "done, its layer follows";
    case "reading":
      return "done, reading its layer";
    case "empty":
      return slab.kind === "base" ? "adds no layer of its own" : "changed no files: no layer";
  }
}

/** For example `layer 1 of 3`. */
export function partWords({ at, of }: Part): string {
  return `layer ${at} of ${of}`;
}

/** Everything that the slab shows, in one phrase; `marks` are the paths copied up from it. */
export function slabName(slab: Slab, marks: readonly string[] = []): string {
  const parts = [slab.text || slab.instruction];
  if (slab.layer) {
    const { size, added, modified, deleted } = slab.layer;
    parts.push(`read-only layer of ${bytes(size)}`);
    if (added) parts.push(`${count(added, "file")} added`);
    if (modified) parts.push(`${modified} modified`);
    if (deleted) parts.push(`${deleted} deleted`);
  }
  if (slab.part) parts.push(`${partWords(slab.part)} of the base image`);
  if (slab.state === "cached") parts.push("from cache, was there already");
  else if (stateNote(slab)) parts.push(stateNote(slab));
  if (marks.length > 0) parts.push(`copied up from it: ${list(marks)}`);
  return parts.join(", ");
}

/** The last line that a step wrote so far, on one line. */
export function lastLine(output: Output): string {
  for (const chunk of output.chunks.toReversed()) {
    const lines = chunk.text.split(/\r?\n|\r/).filter((line) => line.trim());
    const last = lines.at(-1);
    if (last) return excerpt(last, 120);
  }
  return "";
}

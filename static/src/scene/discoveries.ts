/**
 * What there is to find out about image and container, in six rows. A row is found when this lab's
 * own tape proves it; the proofs are in `proofs.ts`. A pure fold: nothing but an event ticks a row.
 */
import type { AnyEvent } from "../events/generated";
import { NO_MEMORY, remember, type Memory } from "./evidence";
import { PROOFS } from "./proofs";
import { emptyScene, reduce } from "./reduce";
import { ROWS, type RowKey } from "./rows";
import type { Scene } from "./types";

export interface Place {
  readonly kind: "image" | "container" | "layer" | "build";
  /** A digest, a container's id, or a build's number. */
  readonly id: string;
}

/** An event that proves something, in words, and where on the stage it is to be seen. */
export interface Evidence {
  readonly seq: number;
  readonly text: string;
  readonly place: Place;
}

/** One of the things that have to be seen before a row is proven. */
export interface Part {
  readonly key: string;
  readonly title: string;
  /** What to do until it is seen. */
  readonly try: string;
  readonly found: boolean;
  /** False for what is worth seeing too, but not needed for the row. */
  readonly needed: boolean;
}

export interface Discovery {
  readonly key: RowKey;
  readonly title: string;
  /** What has been learned, one or two sentences. */
  readonly learned: string;
  /** What to try now: of the first part that is missing. Empty when nothing is. */
  readonly try: string;
  readonly found: boolean;
  /** Position on the tape that completed the row. */
  readonly foundSeq: number | null;
  readonly evidence: readonly Evidence[];
  readonly parts: readonly Part[];
}

/** Evidence by `row.part`. */
export type Proven = Readonly<Record<string, readonly Evidence[]>>;

export interface DiscoveryState {
  readonly scene: Scene;
  readonly memory: Memory;
  readonly proven: Proven;
}

export function noDiscoveries(): DiscoveryState {
  return { scene: emptyScene(), memory: NO_MEMORY, proven: {} };
}

/** The state after one more event of the tape. */
export function discover(state: DiscoveryState, event: AnyEvent): DiscoveryState {
  // What was printed proves nothing, and is most of a tape.
  if (event.type.endsWith(".output")) return state;
  const moment = {
    event,
    before: state.scene,
    after: reduce(state.scene, event),
    memory: state.memory,
  };
  let proven = state.proven;
  for (const [key, proof] of Object.entries(PROOFS)) {
    if (Object.hasOwn(proven, key)) continue;
    const evidence = proof(moment);
    if (evidence) proven = { ...proven, [key]: evidence };
  }
  return { scene: moment.after, memory: remember(moment), proven };
}

/** The six rows, always all of them and in the same order. */
export function rows(state: DiscoveryState): readonly Discovery[] {
  return ROWS.map(({ key, title, learned, parts }) => {
    const seen = parts.map((part) => ({
      ...part,
      found: Object.hasOwn(state.proven, `${key}.${part.key}`),
    }));
    const needed = seen.filter((part) => part.needed);
    const found = needed.every((part) => part.found);
    const missing = needed.find((part) => !part.found) ?? seen.find((part) => !part.found);
    return {
      key,
      title,
      learned,
      try: missing?.try ?? "",
      found,
      foundSeq: found ? completedAt(state.proven, key, needed) : null,
      evidence: seen.flatMap((part) => state.proven[`${key}.${part.key}`] ?? []),
      parts: seen,
    };
  });
}

/** How many rows are found. */
export function foundCount(discoveries: readonly Discovery[]): number {
  return discoveries.filter((row) => row.found).length;
}

/** A part's last piece of evidence is the event that proved it. */
function completedAt(proven: Proven, key: RowKey, parts: readonly Part[]): number {
  return Math.max(...parts.map((part) => proven[`${key}.${part.key}`]?.at(-1)?.seq ?? 0));
}

/** What the bar marks on a tape: builds, failures, containers that come into being, an author's notes. */
import type { AnyEvent } from "../events/generated";
import type { Note } from "../source/file";

export type MarkerKind = "build" | "failure" | "container" | "note";

export interface Marker {
  /** The moment just after what is marked. */
  readonly position: number;
  readonly kind: MarkerKind;
  /** In words, for a tooltip. */
  readonly label: string;
}

const MOST_OF_A_NOTE = 80;

/** In the order of the tape. */
export function markersOf(
  events: readonly AnyEvent[],
  notes: readonly Note[] = [],
): readonly Marker[] {
  const names = new Map<string, string>();
  const failed = new Set<number>();
  const marked = events.flatMap((event, index) => {
    const said = mark(event, names, failed);
    return said ? [{ ...said, position: index + 1 }] : [];
  });
  const noted = notes.map(({ at, text }) => ({
    position: Math.min(Math.max(0, at), events.length),
    kind: "note" as const,
    label: `Note: ${text.length > MOST_OF_A_NOTE ? `${text.slice(0, MOST_OF_A_NOTE)}…` : text}`,
  }));
  return [...marked, ...noted].sort((a, b) => a.position - b.position);
}

function mark(
  event: AnyEvent,
  names: Map<string, string>,
  failed: Set<number>,
): Omit<Marker, "position"> | null {
  switch (event.type) {
    case "build.started":
      return { kind: "build", label: `Build ${event.build} began: ${event.tag || "no name"}` };
    case "step.failed":
      failed.add(event.build);
      return { kind: "failure", label: `Step ${event.step} of build ${event.build} failed` };
    case "build.failed":
      // The step that failed is marked already.
      if (failed.has(event.build)) return null;
      return { kind: "failure", label: `Build ${event.build} failed` };
    case "container.created":
      names.set(event.container, event.name);
      return { kind: "container", label: `Container ${event.name} was made` };
    case "container.renamed":
      names.set(event.container, event.name);
      return null;
    case "container.exited": {
      if (!["failed", "out-of-memory", "timeout"].includes(event.reason)) return null;
      const name = names.get(event.container) ?? "";
      return { kind: "failure", label: `Container ${name} failed (exit code ${event.exit_code})` };
    }
    case "transfer.failed":
      return { kind: "failure", label: "A transfer failed" };
    case "engine.lost":
      return { kind: "failure", label: "The engine went away" };
    default:
      return null;
  }
}

/** Markers of one kind that stand too close together to be told apart, as one. */
export interface MarkerGroup {
  readonly kind: MarkerKind;
  /** From 0 to 1 along the bar. */
  readonly share: number;
  readonly markers: readonly Marker[];
}

/**
 * Where to draw what lies at these shares, in order: what would lie on the one before it stands beside
 * it, as long as that is no more than `least` from its own place.
 */
export function sideBySide(shares: readonly number[], least: number): readonly number[] {
  let last = -least;
  return shares.map((share) => {
    const beside = last + least;
    last = share < beside && last <= share ? beside : share;
    return last;
  });
}

/** `shareOf`: where a position lies on the bar; `least`: the share that parts two markers. */
export function groupsOf(
  markers: readonly Marker[],
  shareOf: (position: number) => number,
  least: number,
): readonly MarkerGroup[] {
  const groups: { kind: MarkerKind; share: number; markers: Marker[] }[] = [];
  const last = new Map<MarkerKind, (typeof groups)[number]>();
  for (const marker of markers) {
    const share = shareOf(marker.position);
    const near = last.get(marker.kind);
    if (near && share - near.share < least) {
      near.markers.push(marker);
      continue;
    }
    const group = { kind: marker.kind, share, markers: [marker] };
    last.set(marker.kind, group);
    groups.push(group);
  }
  return groups;
}

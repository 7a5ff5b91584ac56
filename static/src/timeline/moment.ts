/** A moment in an address: `e120` is a position, `83`, `83.4` and `1:23` are seconds on the tape. */
import type { AnyEvent } from "../events/generated";

/** `ms` on the tape as it was recorded (`at_ms`). */
export type Moment = { readonly position: number } | { readonly ms: number };

/** Null for what names no moment. */
export function parseMoment(text: string | null | undefined): Moment | null {
  const trimmed = (text ?? "").trim();
  const position = /^e(\d{1,9})$/.exec(trimmed)?.[1];
  if (position !== undefined) return { position: Number(position) };
  const clock = /^(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,7}(?:\.\d{1,6})?)$/.exec(trimmed);
  if (!clock) return null;
  const [hours, minutes, seconds] = clock.slice(1).map((part) => Number(part ?? 0));
  return { ms: Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000) };
}

/** As it is written into an address: exact. */
export function momentOf(position: number): string {
  return `e${position}`;
}

/** The position that is meant on this tape; a position beyond its end is left to who seeks. */
export function positionOf(moment: Moment, events: readonly AnyEvent[]): number {
  if ("position" in moment) return moment.position;
  const later = events.findIndex((event) => event.at_ms > moment.ms);
  return later === -1 ? events.length : later;
}

/** The moment that the fragment of an address names (`#t=e120`, also among other words). */
export function momentOfHash(hash: string): Moment | null {
  return parseMoment(new URLSearchParams(hash.replace(/^#/, "")).get("t"));
}

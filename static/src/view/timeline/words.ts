/** A moment of a tape in plain words. */
import type { AnyEvent } from "../../events/generated";
import type { Playback, PlaybackState } from "../../timeline/playback";
import { clock, logOf } from "../transcript/log";

/** Why nothing that would change the lab can be pressed while an earlier moment is looked at. */
export const PAST_REASON = "You are looking at the past. Press L to go back to live.";

export const EVEN_PACE =
  "Waits are shortened and rushes slowed down; the clock tells the time as recorded.";

/** What had just happened: the transcript's sentence. */
export function happenedAt(events: readonly AnyEvent[], position: number): string {
  return logOf(events).at(position)?.text ?? "Nothing has happened yet.";
}

/** Where one is: `event 120 of 340`. */
export function placeWords({ position, head }: PlaybackState): string {
  return `event ${position} of ${head}`;
}

/**
 * The time on the tape, in ms, as the transcript tells it and an address takes it. At an even pace it
 * runs slower than the bar in a rush, and faster in a wait.
 */
export function tapeMs(playback: Playback, { position, elapsedMs }: PlaybackState): number {
  const { events } = playback;
  const at = events[position - 1]?.at_ms ?? 0;
  const gap = (events[position]?.at_ms ?? at) - at;
  const due = playback.dueOf(position);
  const wait = playback.dueOf(position + 1) - due;
  if (gap <= 0 || wait <= 0) return at;
  return at + gap * Math.min(1, Math.max(0, (elapsedMs - due) / wait));
}

/** How long the tape is, in ms of its own time. */
export function tapeLengthMs({ events }: Playback, { head }: PlaybackState): number {
  return events[head - 1]?.at_ms ?? 0;
}

/** For who cannot see the bar. While it plays it is not read out event by event. */
export function momentWords(state: PlaybackState, playback: Playback): string {
  if (state.head === 0) return "Nothing has happened yet.";
  const length = clock(tapeLengthMs(playback, state));
  if (state.playing) return `Playing at speed ${state.speed}; ${length} in all`;
  const place = `${placeWords(state)}, ${clock(tapeMs(playback, state))} of ${length}`;
  const what = happenedAt(playback.events, state.position).replace(/\.$/, "");
  return state.live ? `Live: ${what}; ${place}` : `${what}; ${place}`;
}

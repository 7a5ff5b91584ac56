/** A moment of a tape in plain words. */
import type { AnyEvent } from "../../events/generated";
import type { PlaybackState } from "../../timeline/playback";
import { clock, logOf } from "../transcript/log";

/** Why nothing that would change the lab can be pressed while an earlier moment is looked at. */
export const PAST_REASON = "You are looking at the past. Press L to go back to live.";

/** What had just happened: the transcript's sentence. */
export function happenedAt(events: readonly AnyEvent[], position: number): string {
  return logOf(events).at(position)?.text ?? "Nothing has happened yet.";
}

/** Where one is: `event 120 of 340`. */
export function placeWords({ position, head }: PlaybackState): string {
  return `event ${position} of ${head}`;
}

/** The time on the bar: `0:42 of 3:10`. */
export function timeWords({ elapsedMs, lengthMs }: PlaybackState): string {
  return `${clock(elapsedMs)} of ${clock(lengthMs)}`;
}

/** For who cannot see the bar. While it plays it is not read out event by event. */
export function momentWords(state: PlaybackState, events: readonly AnyEvent[]): string {
  if (state.head === 0) return "Nothing has happened yet.";
  if (state.playing) return `Playing at speed ${state.speed}; ${clock(state.lengthMs)} in all`;
  const place = `${placeWords(state)}, ${timeWords(state)}`;
  const what = happenedAt(events, state.position).replace(/\.$/, "");
  return state.live ? `Live: ${what}; ${place}` : `${what}; ${place}`;
}

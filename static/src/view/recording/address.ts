/** The moment looked at, in the address of a recording's page: written as one moves, and followed. */
import { Rested } from "../../timeline/calm";
import { momentOf, momentOfHash, positionOf } from "../../timeline/moment";
import type { Playback } from "../../timeline/playback";
import type { Place } from "../lab/address";

/** Written once the moment stands still: a browser drops what comes many times a second. */
const REST_MS = 300;

/** Until what it returns is called. At the recording's beginning the address names no moment. */
export function followAddress(playback: Playback, place: Place = window): () => void {
  let written = place.location.hash;
  const rested = new Rested<string>((hash) => {
    if (hash === written) return;
    written = hash;
    const { pathname, search } = place.location;
    place.history.replaceState(place.history.state, "", `${pathname}${search}${hash}`);
  }, REST_MS);
  const onhashchange = (): void => {
    written = place.location.hash;
    const moment = momentOfHash(written);
    if (moment) playback.seek(positionOf(moment, playback.events));
  };
  const leave = playback.subscribe(({ position, first }) =>
    rested.take(position > first ? `#t=${momentOf(position)}` : ""),
  );
  place.addEventListener("hashchange", onhashchange);
  return () => {
    leave();
    rested.drop();
    place.removeEventListener("hashchange", onhashchange);
  };
}

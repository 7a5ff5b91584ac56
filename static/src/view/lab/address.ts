/**
 * The moment looked at, in the page's address (`#t=e120`): opened there, written while one looks back,
 * and gone again when the page is live.
 */
import { Rested } from "../../timeline/calm";
import { momentOf, momentOfHash, positionOf, type Moment } from "../../timeline/moment";
import type { Playback, PlaybackState } from "../../timeline/playback";

/** Each costs a good part of a frame, and a browser takes a hundred in half a minute at most. */
const REST_MS = 300;

/** What is used of a window. */
export type Place = Pick<
  Window,
  "location" | "history" | "addEventListener" | "removeEventListener"
>;

export class Address {
  /** Asked for by the address, until the tape is there. */
  #wanted: Moment | null;
  readonly #rested = new Rested<string>((moment) => this.#write(moment), REST_MS);
  readonly #leave: () => void;

  constructor(
    private readonly playback: Playback,
    private readonly place: Place = window,
  ) {
    this.#wanted = momentOfHash(place.location.hash);
    this.#leave = playback.subscribe((state) => this.#keep(state));
    place.addEventListener("hashchange", this.#onhashchange);
  }

  /** The tape is `seq` events long, and they are there: now one can go to a moment of it. */
  loaded(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted) this.playback.seek(positionOf(wanted, this.playback.events));
  }

  close(): void {
    this.#rested.drop();
    this.#leave();
    this.place.removeEventListener("hashchange", this.#onhashchange);
  }

  readonly #onhashchange = (): void => {
    const moment = momentOfHash(this.place.location.hash);
    if (moment) this.playback.seek(positionOf(moment, this.playback.events));
    else if (!this.playback.state.live) this.playback.goLive();
  };

  #keep(state: PlaybackState): void {
    // What the address asks for is not overwritten before it was looked at.
    if (this.#wanted) return;
    this.#rested.drop();
    if (state.live) this.#write(null);
    else if (!state.playing) this.#rested.take(momentOf(state.position));
  }

  #write(moment: string | null): void {
    const { pathname, search, hash: before } = this.place.location;
    const hash = moment === null ? "" : `#t=${moment}`;
    // What is no moment is not ours to take away.
    if (hash === before || (moment === null && !before.startsWith("#t="))) return;
    this.place.history.replaceState(this.place.history.state, "", `${pathname}${search}${hash}`);
  }
}

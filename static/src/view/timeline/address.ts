/**
 * The moment looked at, in the page's address (`#t=e120`): opened there, written once one rests at it,
 * and gone again at the place where the page begins.
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

/** Where an address without a moment leads. */
export interface Home {
  is(state: PlaybackState): boolean;
  go(playback: Playback): void;
}

/** A lab's page is live. */
export const PRESENT: Home = {
  is: (state) => state.live,
  go: (playback) => playback.goLive(),
};

/** A recording's page is at its beginning. */
export const BEGINNING: Home = {
  is: ({ position, first }) => position <= first,
  go: (playback) => playback.toStart(),
};

export class Address {
  /** Asked for by the address, until the tape is there. */
  #wanted: Moment | null;
  /** What the address held when it was last read or written here. */
  #seen: string;
  readonly #rested = new Rested<string>((moment) => this.#write(moment), REST_MS);
  readonly #leave: () => void;

  constructor(
    private readonly playback: Playback,
    private readonly home: Home,
    private readonly place: Place = window,
  ) {
    this.#seen = place.location.hash;
    this.#wanted = momentOfHash(this.#seen);
    this.#leave = playback.subscribe((state) => this.#keep(state));
    place.addEventListener("hashchange", this.#onhashchange);
  }

  /** The tape is there: now one can go to a moment of it. */
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
    this.#seen = this.place.location.hash;
    const moment = momentOfHash(this.#seen);
    if (moment) this.playback.seek(positionOf(moment, this.playback.events));
    else if (!this.home.is(this.playback.state)) this.home.go(this.playback);
  };

  #keep(state: PlaybackState): void {
    // What the address asks for is not overwritten before it was looked at.
    if (this.#wanted) return;
    this.#rested.drop();
    if (this.home.is(state)) this.#write(null);
    else if (!state.playing) this.#rested.take(momentOf(state.position));
  }

  #write(moment: string | null): void {
    const { pathname, search, hash: before } = this.place.location;
    const hash = moment === null ? "" : `#t=${moment}`;
    // Another moment has just been asked for; the event that says so is still on its way.
    if (before !== this.#seen) return;
    // What is no moment is not ours to take away.
    if (hash === before || (moment === null && !before.startsWith("#t="))) return;
    this.place.history.replaceState(this.place.history.state, "", `${pathname}${search}${hash}`);
    this.#seen = hash;
  }
}

/**
 * The tape as the page follows it: takes events as they arrive, folds them into the scene at most
 * once a frame, and can look at any earlier position. Framework-free; it is a store as Svelte knows them.
 */
import type { AnyEvent } from "../events/generated";
import { discover, noDiscoveries, type DiscoveryState } from "../scene/discoveries";
import type { Scene } from "../scene/types";
import { paced, type Schedule } from "./frames";
import { Scenes } from "./scenes";
import { Tape } from "./tape";

/** What the page draws: one value, new each time anything of it changes. */
export interface Snapshot {
  readonly scene: Scene;
  /** Position looked at: the scene is what the first `at` events give. */
  readonly at: number;
  /** Positions there are, folded or not. */
  readonly head: number;
  /** True when `at` follows `head` by itself. */
  readonly live: boolean;
  /** The gapless tape; only its first `at` events are in the scene. */
  readonly events: readonly AnyEvent[];
  /** Of the whole tape, not of the position looked at: what was found stays found. */
  readonly discoveries: DiscoveryState;
  /** True when the scene came of a jump, and is to be drawn without animation. */
  readonly jumped: boolean;
}

/** Events folded in one frame at most: a long tape must not hold up the page that loads it. */
export const MOST_A_FRAME = 2000;

export type Listener = (snapshot: Snapshot) => void;

export class Timeline {
  readonly #tape = new Tape();
  readonly #scenes = new Scenes();
  readonly #listeners = new Set<Listener>();
  readonly #schedule: Schedule;
  #snapshot: Snapshot;
  #discovered = 0;
  #past = 0;
  #scheduled = false;

  constructor(schedule: Schedule = paced()) {
    this.#schedule = schedule;
    this.#snapshot = this.#empty();
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** `seq` of the last event without a gap before it, folded or not. */
  get head(): number {
    return this.#tape.head;
  }

  /** `seq` after which events are missing, while later ones wait; else null. */
  get missingAfter(): number | null {
    return this.#tape.missingAfter;
  }

  /** Takes events in any order, also twice; they are folded with the next frame. */
  add(events: Iterable<AnyEvent>): void {
    if (this.#tape.add(events)) this.#fold();
  }

  /** Events up to this position are the lab's past: they are shown as they are, not played. */
  expect(position: number): void {
    this.#past = Math.max(this.#past, position);
  }

  /**
   * Looks at the position, and stays there while the tape grows. `played` for what was reached by
   * playing: several events at once are shown moving then, as they are when they come live.
   */
  seek(position: number, played = false): void {
    const at = Math.min(Math.max(0, Math.trunc(position) || 0), this.head);
    const by = at - this.#snapshot.at;
    const jumped = played ? by < 0 : Math.abs(by) !== 1;
    this.#show({ at, live: false, jumped });
  }

  /** Looks at the end, and follows it from now on. */
  goLive(): void {
    this.#show({ at: this.head, live: true, jumped: true });
  }

  /** Calls at once with the snapshot, and then with every new one; returns what ends it. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    listener(this.#snapshot);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #fold(soon = false): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#follow();
    }, soon);
  }

  #follow(): void {
    const { live, at } = this.#snapshot;
    const next = live ? Math.min(this.head, at + MOST_A_FRAME) : at;
    this.#show({ at: next, live, jumped: at < this.#past || next < this.head });
    const behind = (live && next < this.head) || this.#discovered < this.head;
    if (behind) this.#fold(true);
  }

  #show(next: { at: number; live: boolean; jumped: boolean }): void {
    this.#snapshot = {
      ...next,
      scene: this.#scenes.at(this.#tape.events, next.at),
      head: this.head,
      events: this.#tape.events,
      discoveries: this.#discover(),
    };
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener(this.#snapshot);
  }

  #empty(): Snapshot {
    return {
      scene: this.#scenes.at([], 0),
      at: 0,
      head: 0,
      live: true,
      events: this.#tape.events,
      discoveries: noDiscoveries(),
      jumped: true,
    };
  }

  #discover(): DiscoveryState {
    let state = this.#snapshot.discoveries;
    const end = Math.min(this.head, this.#discovered + MOST_A_FRAME);
    for (const event of this.#tape.events.slice(this.#discovered, end)) {
      state = discover(state, event);
    }
    this.#discovered = end;
    return state;
  }
}

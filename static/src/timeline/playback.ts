/**
 * Playing a timeline: the time on the bar, the pace, and steps back and forth. One class for a
 * recording and for the past of a live lab; it tells its state and moves what the timeline shows.
 */
import type { AnyEvent } from "../events/generated";
import { wallClock, type Clock } from "./clock";
import { Dues, LONGEST_PAUSE_MS } from "./dues";
import { paced, type Schedule } from "./frames";
import { stopFrom } from "./stops";
import type { Snapshot, Timeline } from "./timeline";

export interface PlaybackOptions {
  /** 1 is the pace of the bar. */
  readonly speed?: number;
  /** An even pace: idle time shortened, what is seen given time to be seen. */
  readonly trim?: boolean;
  /** The position at which the bar begins. */
  readonly first?: number;
  /** Begins again after its end. */
  readonly loop?: boolean;
  /** How long the end is shown before a loop begins again. */
  readonly restMs?: number;
  readonly longestPauseMs?: number;
  /** The tape is a lab's: its end is the present, and is followed. */
  readonly live?: boolean;
  readonly clock?: Clock;
  /** When the timeline is moved: at most once a frame, however fast one drags. */
  readonly schedule?: Schedule;
}

export interface PlaybackState {
  readonly playing: boolean;
  readonly speed: number;
  readonly trim: boolean;
  /** Where one is or is just going: what the timeline shows may be a frame behind. */
  readonly position: number;
  /** The position at which the bar begins. */
  readonly first: number;
  readonly head: number;
  /** On the bar, from its beginning. */
  readonly elapsedMs: number;
  readonly lengthMs: number;
  /** True while the position follows the end of a lab's tape. */
  readonly live: boolean;
}

export const SPEEDS = [0.5, 1, 2, 4] as const;

/**
 * A jump draws everything anew, which costs a slow computer several frames: where it does, the stage
 * follows the thumb twice a second, and the thumb the hand at each frame.
 */
const LONGEST_REST_MS = 450;

/** How often the time on the bar is told while it runs. */
const TICK_MS = 50;

export class Playback {
  readonly #timeline: Timeline;
  readonly #options: PlaybackOptions;
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #dues: Dues;
  readonly #listeners = new Set<(state: PlaybackState) => void>();
  readonly #leave: () => void;
  #speed: number;
  #trim: boolean;
  #position: number;
  /** Milliseconds of the bar, at the clock's `#since`. */
  #elapsed = 0;
  #since: number | null = null;
  #live: boolean;
  #scheduled = false;
  /** What waits to be shown was reached by playing, not by a jump. */
  #played = true;
  #stopTimer: () => void = () => undefined;

  constructor(timeline: Timeline, options: PlaybackOptions = {}) {
    this.#timeline = timeline;
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
    this.#schedule = options.schedule ?? paced(undefined, LONGEST_REST_MS);
    this.#dues = new Dues(options.first, options.longestPauseMs ?? LONGEST_PAUSE_MS);
    this.#speed = options.speed ?? 1;
    this.#trim = options.trim ?? true;
    this.#live = options.live ?? false;
    this.#position = this.#dues.first;
    if (!this.#live) timeline.seek(this.#position);
    this.#leave = timeline.subscribe((snapshot) => this.#follow(snapshot));
  }

  get state(): PlaybackState {
    return {
      playing: this.#since !== null,
      speed: this.#speed,
      trim: this.#trim,
      position: Math.min(this.#position, this.#dues.head),
      first: this.#first,
      head: this.#dues.head,
      elapsedMs: this.#run(),
      lengthMs: this.#length,
      live: this.#live,
    };
  }

  get events(): readonly AnyEvent[] {
    return this.#timeline.snapshot.events;
  }

  /** Calls at once with the state, and then with every new one; returns what ends it. */
  subscribe(listener: (state: PlaybackState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.state);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Where a position lies on the bar, in its milliseconds. */
  dueOf(position: number): number {
    return this.#dues.of(position, this.#trim);
  }

  /** The position at so many milliseconds of the bar. */
  positionAt(ms: number): number {
    return Math.max(this.#first, this.#dues.positionAt(ms, this.#trim));
  }

  /** From where it stands; from the beginning when it stands at the end. */
  play(): void {
    if (this.#since !== null || this.#dues.head === 0) return;
    if (this.#position >= this.#dues.head) this.#go(this.#first, 0);
    this.#since = this.#clock.now();
    this.#advance();
    this.#tell();
  }

  pause(): void {
    if (this.#since === null) return;
    this.#halt();
    this.#tell();
  }

  toggle(): void {
    if (this.#since === null) this.play();
    else this.pause();
  }

  /**
   * To a position; goes on playing from there if it plays. `pressed`: one press asks for it, which is
   * drawn with the next frame; a drag, which asks at each frame, lets the page rest between.
   */
  seek(position: number, pressed = false): void {
    const at = Math.max(this.#first, Math.min(Math.trunc(position) || 0, this.#dues.head));
    this.#jump(at, this.dueOf(at), pressed);
  }

  /** To a time on the bar. */
  seekMs(ms: number, pressed = false): void {
    const elapsed = Math.max(0, Math.min(ms || 0, this.#length));
    this.#jump(this.positionAt(elapsed), elapsed, pressed);
  }

  stepEvent(by: 1 | -1): void {
    this.#halt();
    this.seek(this.#position + by);
  }

  /** To the next or last event worth seeing: a build's step, a container's change, no output. */
  stepStep(by: 1 | -1): void {
    this.#halt();
    this.seek(stopFrom(this.events, this.#position, by, this.#first));
  }

  toStart(): void {
    this.seek(this.#first);
  }

  toEnd(): void {
    this.#halt();
    this.seek(this.#dues.head);
  }

  /** To the end of a lab's tape, and on with it. */
  goLive(): void {
    this.#halt();
    if (!this.#options.live) return this.seek(this.#dues.head);
    this.#live = true;
    this.#timeline.goLive();
  }

  get speed(): number {
    return this.#speed;
  }

  set speed(speed: number) {
    const playing = this.#since !== null;
    this.#halt();
    this.#speed = Math.min(16, Math.max(0.1, speed || 1));
    this.#resume(playing);
  }

  get trim(): boolean {
    return this.#trim;
  }

  set trim(trim: boolean) {
    const playing = this.#since !== null;
    this.#halt();
    this.#trim = trim;
    this.#elapsed = this.dueOf(this.#position);
    this.#resume(playing);
  }

  /** Ends for good: nothing moves by itself any more. */
  close(): void {
    this.#halt();
    this.#leave();
    this.#listeners.clear();
  }

  get #first(): number {
    return Math.min(this.#dues.first, this.#dues.head);
  }

  get #length(): number {
    return this.#dues.length(this.#trim);
  }

  #follow(snapshot: Snapshot): void {
    const grew = this.#dues.head < snapshot.head;
    this.#dues.follow(snapshot.events);
    if (this.#live) {
      this.#position = snapshot.at;
      this.#elapsed = this.dueOf(this.#position);
    } else if (grew && snapshot.at < Math.min(this.#position, snapshot.head)) {
      this.#show();
    }
    if (grew || this.#live) this.#tell();
  }

  #jump(position: number, elapsed: number, pressed = false): void {
    if (this.#options.live && position >= this.#dues.head) return this.goLive();
    const playing = this.#since !== null;
    this.#halt();
    this.#go(position, elapsed, pressed);
    this.#resume(playing);
  }

  #go(position: number, elapsed: number, pressed = false): void {
    this.#live = false;
    this.#position = position;
    this.#elapsed = elapsed;
    this.#played = false;
    if (position !== this.#timeline.snapshot.at || this.#timeline.snapshot.live)
      this.#show(pressed);
  }

  #show(soon = false): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      if (!this.#live) this.#timeline.seek(this.#position, this.#played);
      this.#played = true;
    }, soon);
  }

  #resume(playing: boolean): void {
    if (playing) {
      this.#since = this.#clock.now();
      this.#advance();
    }
    this.#tell();
  }

  #advance(): void {
    this.#stopTimer();
    const elapsed = this.#run();
    const position = Math.max(this.#position, this.positionAt(elapsed));
    if (position > this.#position) {
      this.#position = position;
      this.#show();
    }
    if (position >= this.#dues.head) return this.#atEnd();
    const wait = (this.dueOf(position + 1) - elapsed) / this.#speed;
    this.#after(Math.max(1, Math.min(TICK_MS, wait)), () => {
      this.#advance();
      this.#tell();
    });
  }

  #atEnd(): void {
    if (this.#options.live) return this.goLive();
    if (!this.#options.loop) return this.#halt();
    this.#after(this.#options.restMs ?? 5000, () => this.#jump(this.#first, 0));
  }

  #after(ms: number, work: () => void): void {
    this.#stopTimer = this.#clock.after(ms, work);
  }

  #halt(): void {
    this.#stopTimer();
    this.#elapsed = this.#run();
    this.#since = null;
  }

  #run(): number {
    if (this.#since === null) return this.#elapsed;
    const since = (this.#clock.now() - this.#since) * this.#speed;
    return Math.min(this.#elapsed + since, this.#length);
  }

  #tell(): void {
    const { state } = this;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

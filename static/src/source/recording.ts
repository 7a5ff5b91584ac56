/** A tape played from a file: at the pace it was recorded, long pauses shortened, again and again. */
import type { AnyCommand, AnyEvent } from "../events/generated";
import { parse } from "./frames";
import { decodeEvent } from "./shape";
import { problem, CommandFailed, type Result, type Sink, type Source } from "./source";

/** What a recording needs of the world: the time, and a timer. */
export interface Clock {
  now(): number;
  /** Returns what calls it off. */
  after(ms: number, work: () => void): () => void;
}

export interface Playing {
  /** 1 is the pace of the recording. */
  readonly speed: number;
  /** Begins again after its end. */
  readonly loop: boolean;
  /** No pause of the tape is longer than this, in its own milliseconds. */
  readonly longestPauseMs: number;
  /** How long the end is shown before a loop begins again. */
  readonly restMs: number;
  /** Plays as soon as it is opened; else it stands still until `play()`. */
  readonly autoplay: boolean;
}

export const PLAYING: Playing = {
  speed: 1,
  loop: false,
  longestPauseMs: 1500,
  restMs: 5000,
  autoplay: true,
};

const wallClock: Clock = {
  now: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

/** The text is not a tape; `line` is the first that is no event, from 1 (0: there is none at all). */
export class NotARecording extends Error {
  constructor(readonly line: number) {
    super(line === 0 ? "The file holds no events." : `Line ${line} is not an event of a tape.`);
    this.name = "NotARecording";
  }
}

/** The events of a tape in JSON lines, numbered from 1. Raises NotARecording. */
export function readTape(text: string): AnyEvent[] {
  const events: AnyEvent[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() === "") return;
    const event = decodeEvent(parse(line));
    if (!event) throw new NotARecording(index + 1);
    events.push({ ...event, seq: events.length + 1 });
  });
  if (events.length === 0) throw new NotARecording(0);
  return events;
}

export class Recording implements Source {
  readonly #events: readonly AnyEvent[];
  readonly #times: readonly number[];
  #playing: Playing;
  #sink: Sink | null = null;
  #next = 0;
  /** How far the tape has run, in its own milliseconds, at the wall clock's `#since`. */
  #elapsed = 0;
  #since: number | null = null;
  #stopTimer: () => void = () => undefined;

  constructor(
    events: readonly AnyEvent[],
    playing: Partial<Playing> = {},
    private readonly clock: Clock = wallClock,
  ) {
    this.#events = events;
    this.#playing = { ...PLAYING, ...playing };
    this.#times = trimmed(events, this.#playing.longestPauseMs);
  }

  /** Length in the tape's own milliseconds, its long pauses shortened. */
  get lengthMs(): number {
    return this.#times.at(-1) ?? 0;
  }

  /** How far it has run, in the same milliseconds. */
  get elapsedMs(): number {
    return Math.min(this.#run(), this.lengthMs);
  }

  get isPlaying(): boolean {
    return this.#since !== null;
  }

  open(sink: Sink): void {
    this.#sink = sink;
    if (this.#playing.autoplay) this.play();
    else sink.state({ kind: "paused" });
  }

  play(): void {
    if (!this.#sink || this.isPlaying) return;
    if (this.#next >= this.#events.length) this.#rewind();
    this.#since = this.clock.now();
    this.#sink.state({ kind: "open" });
    this.#advance();
  }

  pause(): void {
    if (!this.isPlaying) return;
    this.#halt();
    this.#sink?.state({ kind: "paused" });
  }

  /** From the beginning, playing. */
  restart(): void {
    this.#halt();
    this.#rewind();
    this.play();
  }

  /** The rest at once: for those who do not want to see things move. */
  skipToEnd(): void {
    this.#halt();
    this.#elapsed = this.lengthMs;
    this.#give(this.#events.length);
    this.#sink?.state({ kind: "ended" });
  }

  set speed(speed: number) {
    const playing = this.isPlaying;
    this.#halt();
    this.#playing = { ...this.#playing, speed: Math.max(0.1, speed) };
    if (!playing) return;
    this.#since = this.clock.now();
    this.#advance();
  }

  get speed(): number {
    return this.#playing.speed;
  }

  close(): void {
    this.#halt();
    this.#sink = null;
  }

  send(_command: AnyCommand): Promise<Result> {
    return Promise.reject(new CommandFailed(READ_ONLY));
  }

  #advance(): void {
    const run = this.#run();
    const upTo = this.#times.findIndex((time, index) => index >= this.#next && time > run);
    this.#give(upTo === -1 ? this.#events.length : upTo);
    const next = this.#times[this.#next];
    if (next === undefined) {
      this.#atEnd();
      return;
    }
    const wait = Math.max(1, (next - run) / this.#playing.speed);
    this.#stopTimer = this.clock.after(wait, () => this.#advance());
  }

  #atEnd(): void {
    this.#halt();
    this.#sink?.state({ kind: "ended" });
    if (!this.#playing.loop) return;
    this.#stopTimer = this.clock.after(this.#playing.restMs, () => this.restart());
  }

  #give(upTo: number): void {
    if (upTo <= this.#next) return;
    const events = this.#events.slice(this.#next, upTo);
    this.#next = upTo;
    this.#sink?.events(events);
  }

  #rewind(): void {
    this.#next = 0;
    this.#elapsed = 0;
    this.#sink?.restarted();
  }

  #halt(): void {
    this.#stopTimer();
    this.#elapsed = this.#run();
    this.#since = null;
  }

  #run(): number {
    if (this.#since === null) return this.#elapsed;
    return this.#elapsed + (this.clock.now() - this.#since) * this.#playing.speed;
  }
}

/** When each event is due, from 0: as recorded, with no pause longer than `longest`. */
function trimmed(events: readonly AnyEvent[], longest: number): readonly number[] {
  let due = 0;
  let before = events[0]?.at_ms ?? 0;
  return events.map((event) => {
    due += Math.min(longest, Math.max(0, event.at_ms - before));
    before = Math.max(before, event.at_ms);
    return due;
  });
}

const READ_ONLY = problem(
  "recording",
  "This is a recording.",
  "It shows what happened once; there is no engine behind it to carry anything out.",
  "Open a lab of your own to try it.",
);

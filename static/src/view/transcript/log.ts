/** The tape as entries to read: a sentence each, what one command prints gathered in one entry. */
import type { AnyEvent, ContainerMeasured } from "../../events/generated";
import { emptyScene, reduce } from "../../scene/reduce";
import { isMilestone, sentence } from "../../scene/transcript";
import type { Scene } from "../../scene/types";

export interface Entry {
  /** Position of its first event; the entry's key. */
  readonly seq: number;
  /** Position of its last event. */
  readonly lastSeq: number;
  readonly atMs: number;
  readonly text: string;
  readonly tone: "milestone" | "plain" | "output";
}

const MEASURES = "measures";

/** Folds a growing tape once, however many places of the page read it. */
export class TranscriptLog {
  readonly #entries: Entry[] = [];
  #scene: Scene = emptyScene();
  #read = 0;
  #subject = "";
  /** Sentences of the measures gathered in the last entry, by container. */
  #measures = new Map<string, string>();

  constructor(private readonly events: readonly AnyEvent[]) {}

  /** The entries up to this position of the tape. */
  upTo(position: number): readonly Entry[] {
    this.#follow();
    const last = this.#entries.findLastIndex((entry) => entry.seq <= position);
    return this.#entries.slice(0, last + 1);
  }

  /** The entry that tells of this position; undefined before the first. */
  at(position: number): Entry | undefined {
    this.#follow();
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#entries[middle]?.seq ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return this.#entries[low - 1];
  }

  #follow(): void {
    for (; this.#read < this.events.length; this.#read += 1) {
      const event = this.events[this.#read];
      if (event) this.#take(event);
    }
  }

  #take(event: AnyEvent): void {
    if (event.type === "container.measured") this.#measure(event);
    else this.#tell(event);
    this.#scene = reduce(this.#scene, event);
  }

  /** Measures come all the time: one entry for those in a row, none amid what a command prints. */
  #measure(event: ContainerMeasured): void {
    const gathered = this.#subject === MEASURES ? this.#entries.at(-1) : undefined;
    if (this.#subject !== "" && !gathered) return;
    if (!gathered) this.#measures.clear();
    this.#measures.set(event.container, sentence(event, this.#scene));
    const text = [...this.#measures.values()].join(" ");
    if (gathered)
      this.#entries[this.#entries.length - 1] = { ...gathered, lastSeq: event.seq, text };
    else this.#push(event, text, "output");
    this.#subject = MEASURES;
  }

  #tell(event: AnyEvent): void {
    const subject = outputSubject(event);
    const last = this.#entries.at(-1);
    const text = sentence(event, this.#scene);
    if (subject !== "" && subject === this.#subject && last) {
      this.#entries[this.#entries.length - 1] = { ...last, lastSeq: event.seq, text };
    } else if (text !== "") {
      const tone = subject !== "" ? "output" : isMilestone(event) ? "milestone" : "plain";
      this.#push(event, text, tone);
    }
    this.#subject = subject;
  }

  #push({ seq, at_ms: atMs }: AnyEvent, text: string, tone: Entry["tone"]): void {
    this.#entries.push({ seq, lastSeq: seq, atMs, text, tone });
  }
}

const logs = new WeakMap<readonly AnyEvent[], TranscriptLog>();

/** The log of a timeline's tape: the timeline appends to one array as long as its tape is the same. */
export function logOf(events: readonly AnyEvent[]): TranscriptLog {
  const log = logs.get(events) ?? new TranscriptLog(events);
  logs.set(events, log);
  return log;
}

/** What prints, or moves bit by bit, for an event that says a little of it; else empty. */
function outputSubject(event: AnyEvent): string {
  switch (event.type) {
    case "step.output":
      return `step ${event.build}:${event.step}`;
    case "container.output":
      return `container ${event.container}`;
    case "exec.output":
      return `exec ${event.exec}`;
    case "transfer.progressed":
      return event.state === "moving" ? `blob ${event.transfer}:${event.blob}` : "";
    default:
      return "";
  }
}

/** Time since the lab was opened: `0:05`, `12:40`, `3:02:11`, `2 d 3:02:11`. */
export function clock(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (number: number): string => String(number).padStart(2, "0");
  const short = `${minutes}:${two(seconds % 60)}`;
  if (days === 0 && hours === 0) return short;
  const long = `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return days === 0 ? long : `${days} d ${long}`;
}

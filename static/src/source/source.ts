/** Where events come from: one signature for the live lab and for a recording. */
import type { AnyCommand, AnyEvent, Hello, Problem } from "../events/generated";

export type SourceState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** `attempt` from 1; the next try comes by itself after `waitMs`. What the site said, if it did. */
  | {
      readonly kind: "reconnecting";
      readonly attempt: number;
      readonly waitMs: number;
      readonly problem: Problem | null;
    }
  /** No further try by itself. */
  | { readonly kind: "closed"; readonly code: number; readonly problem: Problem | null };

/** Who takes the events: the timeline, through `timeline/connect.ts`. */
export interface Sink {
  /** `seq` of the last event taken without a gap before it. */
  readonly head: number;
  /** `seq` after which events are missing, while later ones are there; else null. */
  readonly missingAfter: number | null;
  events(events: readonly AnyEvent[]): void;
  state(state: SourceState): void;
  /** Who the watcher is, and how long the tape is already. */
  hello(hello: Hello): void;
  /** Something went wrong that is no command's answer. */
  problem(problem: Problem): void;
}

export type Result = Readonly<Record<string, unknown>>;

export interface Source {
  /** Starts to give events to the sink. */
  open(sink: Sink): void;
  /** Ends for good; nothing reaches the sink after it. */
  close(): void;
  /** Resolves when the command is carried out; rejects with CommandFailed. */
  send(command: AnyCommand): Promise<Result>;
}

/** A command was not carried out; `problem` says why, in words for a learner. */
export class CommandFailed extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
    this.name = "CommandFailed";
  }
}

/** A problem that the page itself has to tell, in the site's own shape. */
export function problem(code: string, title: string, why: string, what: string): Problem {
  return { code, title, why, try: what, engine_words: "" };
}

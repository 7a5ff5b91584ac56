/** Commands on their way: each waits, under its ref, for the frame that answers it. */
import type { AnyCommand, Problem } from "../events/generated";
import { CommandFailed, type Result } from "./source";

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: CommandFailed) => void;
}

export class Answers {
  readonly #waiting = new Map<string, Waiting>();
  #last = 0;

  /** Commands that have no answer yet. */
  get size(): number {
    return this.#waiting.size;
  }

  /** The command under a ref of its own, and the promise of its answer. */
  expect(command: AnyCommand): { readonly message: AnyCommand; readonly answer: Promise<Result> } {
    this.#last += 1;
    const ref = `c${this.#last}`;
    const answer = new Promise<Result>((resolve, reject) => {
      this.#waiting.set(ref, { resolve, reject });
    });
    return { message: { ...command, ref }, answer };
  }

  done(ref: string, result: Result): void {
    this.#take(ref)?.resolve(result);
  }

  failed(ref: string, problem: Problem): void {
    this.#take(ref)?.reject(new CommandFailed(problem));
  }

  /** No answer can come any more. */
  allFailed(problem: Problem): void {
    for (const ref of [...this.#waiting.keys()]) this.failed(ref, problem);
  }

  #take(ref: string): Waiting | undefined {
    const waiting = this.#waiting.get(ref);
    this.#waiting.delete(ref);
    return waiting;
  }
}

/**
 * Asking the site what is wrong with the Dockerfile while it is being typed: a short wait after the
 * last key, one question at a time, and an answer to an older text is dropped.
 */
import type { Diagnosis, PlannedStep } from "../../events/generated";
import { browserClock, type Clock } from "./autosave";
import { DOCKERFILE, findFile, listing, type SourceFile } from "./files";

export interface Question {
  readonly dockerfile: string;
  readonly files: readonly { path: string; size: number }[];
  readonly dockerignore?: string;
}

export interface Answer {
  readonly diagnoses: readonly Diagnosis[];
  /** Null when the Dockerfile cannot be read. */
  readonly plan: readonly PlannedStep[] | null;
}

/** What the editor shows: the newest answer, and whether it is about the text as it is now. */
export interface Findings extends Answer {
  readonly fresh: boolean;
  /** Why there is no newer answer, in words; null when there is. */
  readonly trouble: string | null;
}

export const NOTHING_FOUND: Findings = { diagnoses: [], plan: null, fresh: false, trouble: null };

export function questionAbout(files: readonly SourceFile[]): Question | null {
  const dockerfile = findFile(files, DOCKERFILE);
  if (typeof dockerfile?.text !== "string") return null;
  const ignore = findFile(files, ".dockerignore");
  return {
    dockerfile: dockerfile.text,
    files: listing(files),
    ...(typeof ignore?.text === "string" ? { dockerignore: ignore.text } : {}),
  };
}

export class Diagnoser {
  #findings: Findings = NOTHING_FOUND;
  #timer: number | null = null;
  #asked = 0;
  #last = "";
  #abort: AbortController | null = null;
  #listeners = new Set<(findings: Findings) => void>();

  constructor(
    private readonly ask: (question: Question, signal: AbortSignal) => Promise<Answer>,
    private readonly delayMs: number = 250,
    private readonly clock: Clock = browserClock,
  ) {}

  get findings(): Findings {
    return this.#findings;
  }

  subscribe(listener: (findings: Findings) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#findings);
    return () => this.#listeners.delete(listener);
  }

  /** The files changed; the same question is not asked twice. */
  changed(files: readonly SourceFile[]): void {
    const question = questionAbout(files);
    const text = JSON.stringify(question);
    if (text === this.#last) return;
    this.#last = text;
    this.stop();
    if (question === null) return this.#become(NOTHING_FOUND);
    this.#become({ ...this.#findings, fresh: false });
    this.#timer = this.clock.setTimeout(() => void this.#askNow(question), this.delayMs);
  }

  /** Drop what waits and what is under way. */
  stop(): void {
    if (this.#timer !== null) this.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#abort?.abort();
    this.#asked += 1;
  }

  async #askNow(question: Question): Promise<void> {
    const number = ++this.#asked;
    this.#abort = new AbortController();
    try {
      const answer = await this.ask(question, this.#abort.signal);
      if (number === this.#asked) this.#become({ ...answer, fresh: true, trouble: null });
    } catch (error) {
      if (number !== this.#asked) return;
      // Asked again with the next change, even back to this same text.
      this.#last = "";
      this.#become({ ...this.#findings, fresh: false, trouble: words(error) });
    }
  }

  #become(findings: Findings): void {
    this.#findings = findings;
    for (const listener of this.#listeners) listener(findings);
  }
}

function words(error: unknown): string {
  return error instanceof Error && error.message !== ""
    ? error.message
    : "The site did not answer; the Dockerfile is checked again with the next change.";
}

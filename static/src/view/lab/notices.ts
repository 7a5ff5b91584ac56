/** What the page has to say beside the stage: problems with commands, and what the engine told. */
import type { Problem } from "../../events/generated";

/** Where a notice belongs: the whole page, the files, the build, or one container. */
export type Place = "page" | "files" | "build" | `container:${string}`;

export interface PageNotice {
  readonly id: number;
  readonly place: Place;
  readonly tone: "problem" | "word";
  readonly problem: Problem;
  /** How often the same was said in a row. */
  readonly times: number;
}

const MOST = 6;

export function say(
  notices: readonly PageNotice[],
  notice: Omit<PageNotice, "times">,
): PageNotice[] {
  const same = notices.find(
    (other) => other.place === notice.place && sameWords(other.problem, notice.problem),
  );
  if (same) {
    return notices.map((other) => (other === same ? { ...other, times: other.times + 1 } : other));
  }
  return [...notices, { ...notice, times: 1 }].slice(-MOST);
}

export function dismiss(notices: readonly PageNotice[], id: number): PageNotice[] {
  return notices.filter((notice) => notice.id !== id);
}

/** What a new attempt makes obsolete. */
export function clearPlace(notices: readonly PageNotice[], place: Place): readonly PageNotice[] {
  const rest = notices.filter((notice) => notice.place !== place);
  return rest.length === notices.length ? notices : rest;
}

export function at(notices: readonly PageNotice[], place: Place): PageNotice[] {
  return notices.filter((notice) => notice.place === place);
}

/** Anything that was thrown, as words for the learner. */
export function asProblem(error: unknown): Problem {
  if (isProblem(error)) return { ...blank, ...error };
  if (error instanceof Error && isProblem((error as { problem?: unknown }).problem)) {
    return { ...blank, ...(error as unknown as { problem: Problem }).problem };
  }
  const message = error instanceof Error ? error.message : "";
  return {
    ...blank,
    code: "unexpected",
    title: "That did not work.",
    why: message === "" ? "The page could not carry it out." : message,
    try: "Try once more; if it goes on, reload the page. Nothing saved is lost.",
  };
}

const blank: Problem = { code: "", title: "", why: "", try: "", engine_words: "" };

function isProblem(value: unknown): value is Partial<Problem> & { title: string } {
  return typeof value === "object" && value !== null && "title" in value && "code" in value;
}

function sameWords(a: Problem, b: Problem): boolean {
  return a.code === b.code && a.title === b.title && a.why === b.why;
}

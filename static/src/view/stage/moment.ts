/**
 * The moment that a stage shows, for its parts: its name where there are several stages
 * (` at moment A`), and whether it is the present, in which time goes on by itself.
 */
import { getContext, setContext } from "svelte";

const MOMENT = Symbol("moment");
const PRESENT = Symbol("present");

export function provideMoment(words: string): void {
  setContext(MOMENT, words === "" ? "" : ` ${words}`);
}

/** Said after a part's name, so that no two parts of a page are called the same. */
export function momentWords(): string {
  return getContext<string | undefined>(MOMENT) ?? "";
}

export function providePresent(present: () => boolean): void {
  setContext(PRESENT, present);
}

/** Asked again and again: a stage of a lab leaves the present and comes back. Never in a recording. */
export function presence(): () => boolean {
  return getContext<(() => boolean) | undefined>(PRESENT) ?? (() => false);
}

/** Which of several stages one is a part of, for the names of its parts: ` at moment A`, or nothing. */
import { getContext, setContext } from "svelte";

const MOMENT = Symbol("moment");

export function provideMoment(words: string): void {
  setContext(MOMENT, words === "" ? "" : ` ${words}`);
}

/** Said after a part's name, so that no two parts of a page are called the same. */
export function momentWords(): string {
  return getContext<string | undefined>(MOMENT) ?? "";
}

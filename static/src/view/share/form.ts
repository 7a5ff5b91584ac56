/** The fields of "Freeze a recording" as they are typed, checked, and turned into an order. */
import type { AnyEvent } from "../../events/generated";
import { count, duration } from "../../scene/words";
import { momentOf, parseMoment, positionOf } from "../../timeline/moment";
import type { Order } from "./freeze";

export interface NoteField {
  readonly at: string;
  readonly text: string;
}

export interface Fields {
  readonly title: string;
  readonly description: string;
  /** A moment as in an address, or empty: the beginning, and the end. */
  readonly from: string;
  readonly to: string;
  readonly notes: readonly NoteField[];
  readonly blankOutput: boolean;
  /** One a line. */
  readonly words: string;
}

export const EMPTY: Fields = {
  title: "",
  description: "",
  from: "",
  to: "",
  notes: [],
  blankOutput: false,
  words: "",
};

/** The shortest word that can be blanked: a shorter one is everywhere. */
const SHORTEST = 3;
/** Words that the site takes out of one recording. */
const MOST_WORDS = 50;
const LONGEST_TITLE = 120;

export type Problems = Partial<Record<"title" | "from" | "to" | "words" | "notes", string>>;

/** The position that a field names on this tape; `empty` for an empty field, null for nonsense. */
export function place(text: string, events: readonly AnyEvent[], empty: number): number | null {
  if (text.trim() === "") return empty;
  const moment = parseMoment(text);
  return moment && Math.min(positionOf(moment, events), events.length);
}

export function wordsOf(fields: Fields): readonly string[] {
  const lines = fields.words.split("\n").map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ""))];
}

export function problems(fields: Fields, events: readonly AnyEvent[]): Problems {
  const found: Problems = {};
  const from = place(fields.from, events, 0);
  const to = place(fields.to, events, events.length);
  const wrong = "Write seconds (83), minutes and seconds (1:23) or an event (e120).";
  if (fields.title.trim() === "") found.title = "Give it a title: an embed is announced by it.";
  if (fields.title.length > LONGEST_TITLE)
    found.title = `A title may have ${LONGEST_TITLE} characters.`;
  if (from === null) found.from = wrong;
  if (to === null) found.to = wrong;
  if (from !== null && to !== null && from >= to) found.to = "It would end before it begins.";
  if (wordsOf(fields).some((word) => word.length < SHORTEST))
    found.words = `A word to blank has at least ${SHORTEST} characters.`;
  if (wordsOf(fields).length > MOST_WORDS)
    found.words = `At most ${MOST_WORDS} words can be blanked. Take a shorter part.`;
  const problem = noteProblem(fields, events, from ?? 0, to ?? events.length);
  if (problem) found.notes = problem;
  return found;
}

/** What the site is asked for; the fields have no problems. */
export function orderOf(fields: Fields, events: readonly AnyEvent[], digest = ""): Order {
  const from = place(fields.from, events, 0) ?? 0;
  return {
    title: fields.title.trim(),
    description: fields.description.trim(),
    from,
    to: place(fields.to, events, events.length) ?? events.length,
    notes: fields.notes
      .filter((note) => note.text.trim() !== "")
      .map((note) => ({ at: place(note.at, events, from) ?? from, text: note.text.trim() })),
    blank: { output: fields.blankOutput, words: wordsOf(fields) },
    digest,
  };
}

/** How much the chosen part is: `34 events, 9.5 s.` Empty while it is none. */
export function partWords(fields: Fields, events: readonly AnyEvent[]): string {
  const from = place(fields.from, events, 0);
  const to = place(fields.to, events, events.length);
  if (from === null || to === null || from >= to) return "";
  const lengthMs = (events[to - 1]?.at_ms ?? 0) - (events[from - 1]?.at_ms ?? 0);
  return `${count(to - from, "event")}, ${duration(lengthMs)}.`;
}

/** The fields with words added to those that are blanked. */
export function blanking(fields: Fields, words: readonly string[]): Fields {
  // A key may have several lines, and the field takes one word a line.
  const lines = words.flatMap((word) => word.split("\n")).map((line) => line.trim());
  const fresh = lines.filter((line) => line.length >= SHORTEST);
  const all = [...new Set([...wordsOf(fields), ...fresh])];
  return { ...fields, words: all.slice(0, MOST_WORDS).join("\n") };
}

/** The fields with the present end written down: the lab may go on while they are filled in. */
export function opened(title: string, at: number, head: number, live: boolean): Fields {
  return { ...EMPTY, title, to: momentOf(live ? head : at) };
}

function noteProblem(
  fields: Fields,
  events: readonly AnyEvent[],
  from: number,
  to: number,
): string | null {
  const filled = fields.notes.filter((note) => note.text.trim() !== "");
  const places = filled.map((note) => place(note.at, events, from));
  if (places.some((at) => at === null || at < from || at > to))
    return "Each note needs a moment within the part that is taken.";
  if (new Set(places).size < places.length) return "Two notes are at the same moment.";
  return null;
}

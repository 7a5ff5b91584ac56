/**
 * The file of a recording: a header on its first line, then one event a line. It may come from
 * anybody, so nothing of it is believed: it becomes a recording, or NotARecording in words.
 */
import { VOCABULARY_VERSION, type AnyEvent } from "../events/generated";
import { parse } from "./frames";
import { decodeEvent } from "./shape";

/** The newest format of the file; a file without a header is of format 0. */
export const FORMAT = 1;

/** An author's words, shown from the position on until the next. */
export interface Note {
  readonly at: number;
  readonly text: string;
}

export interface Header {
  readonly format: number;
  readonly title: string;
  readonly description: string;
  /** UTC, `2026-11-23T12:00:00Z`; empty when nobody knows. */
  readonly madeAt: string;
  /** The position at which the timeline begins; what lies before is only there to be folded. */
  readonly begins: number;
  /** In the order of the tape. */
  readonly notes: readonly Note[];
}

export interface Recorded {
  readonly header: Header;
  readonly events: readonly AnyEvent[];
}

/** The text is no recording. `line` counts from 1; 0 is the file as a whole. */
export class NotARecording extends Error {
  constructor(
    readonly problem: string,
    readonly line: number,
  ) {
    super(line === 0 ? problem : `Line ${line}: ${problem}`);
    this.name = "NotARecording";
  }
}

const BARE: Header = { format: 0, title: "", description: "", madeAt: "", begins: 0, notes: [] };

/** The recording in this text, or in a bare tape without a header. Raises NotARecording. */
export function readRecording(text: string): Recorded {
  const lines = text
    .replace(/^\ufeff/, "")
    .split("\n")
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== "");
  const [first] = lines;
  if (!first) throw new NotARecording("The file is empty.", 0);
  const header = headerIn(parse(first.line), first.number);
  const events = (header ? lines.slice(1) : lines).map(eventIn);
  if (events.length === 0) throw new NotARecording("There are no events to play.", 0);
  return { header: header ? within(header, events.length) : BARE, events };
}

function eventIn({ line, number }: { line: string; number: number }, index: number): AnyEvent {
  const raw = parse(line);
  if (isRecord(raw) && "layercake" in raw) {
    throw new NotARecording("There is a header here; it may only come first.", number);
  }
  const event = decodeEvent(raw);
  if (!event) throw new NotARecording("This is no event of a tape.", number);
  if (event.v > VOCABULARY_VERSION) throw newer("vocabulary", event.v, number);
  if (event.seq !== index + 1) {
    const problem = `\`seq\` is ${event.seq}; events are numbered, so ${index + 1}.`;
    throw new NotARecording(problem, number);
  }
  return event;
}

/** The header in the first line; null when that is an event already. */
function headerIn(raw: unknown, line: number): Header | null {
  if (!isRecord(raw) || !("layercake" in raw)) return null;
  if (raw["layercake"] !== "recording") {
    throw new NotARecording('This is no recording: `layercake` is not "recording".', line);
  }
  const format = known(raw, "format", FORMAT, line);
  known(raw, "vocabulary", VOCABULARY_VERSION, line);
  return {
    format,
    title: textOf(raw, "title", line),
    description: textOf(raw, "description", line),
    madeAt: textOf(raw, "made_at", line),
    begins: positionIn(raw, "begins", line),
    notes: notesIn(raw["notes"], line),
  };
}

/** What lies beyond the end is at the end. */
function within(header: Header, length: number): Header {
  const notes = header.notes.map(({ at, text }) => ({ at: Math.min(at, length), text }));
  return { ...header, begins: Math.min(header.begins, length), notes };
}

function known(raw: Raw, name: string, newest: number, line: number): number {
  const value = raw[name];
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw new NotARecording(`\`${name}\` is not a whole number from 1 on.`, line);
  }
  if ((value as number) > newest) throw newer(name, value as number, line);
  return value as number;
}

function newer(name: string, value: number, line: number): NotARecording {
  const problem = `This was made by a newer Layercake: its ${name} is ${value}.`;
  return new NotARecording(problem, line);
}

function notesIn(raw: unknown, line: number): readonly Note[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) throw new NotARecording("`notes` is not a list.", line);
  return raw
    .map((note: unknown) => {
      if (!isRecord(note)) throw new NotARecording("A note is not an object.", line);
      return { at: positionIn(note, "at", line), text: textOf(note, "text", line) };
    })
    .sort((a, b) => a.at - b.at);
}

function positionIn(raw: Raw, name: string, line: number): number {
  const value = raw[name] ?? 0;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new NotARecording(`\`${name}\` is not a position: a whole number from 0 on.`, line);
}

function textOf(raw: Raw, name: string, line: number): string {
  const value = raw[name] ?? "";
  if (typeof value === "string") return value;
  throw new NotARecording(`\`${name}\` is not text.`, line);
}

type Raw = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

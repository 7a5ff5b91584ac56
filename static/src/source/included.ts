/** What builds were given, as far as a recording's file carries it in its header. */
import { parse } from "./frames";

/** Of one file at most, as much as the site shows of one: 64 KiB. */
const READ_BYTES = 64 * 1024;

/** A file's content: as text up to a size; none where it is no text. */
export interface IncludedFile {
  readonly text: string;
  readonly binary: boolean;
  readonly truncated: boolean;
}

/**
 * Contents by the sha256 that `build.started` names them by, out of a recording's text that can be
 * read. The site has compared them with their sums when it took the recording in.
 */
export class Included {
  readonly #files: ReadonlyMap<string, Raw>;

  constructor(recording: string) {
    this.#files = filesIn(recording);
  }

  /** Null for what was left out. */
  read(sha256: string): IncludedFile | null {
    const file = this.#files.get(sha256);
    const bytes = file ? bytesOf(file) : null;
    return bytes && asText(bytes);
  }
}

function filesIn(recording: string): ReadonlyMap<string, Raw> {
  const begin = Math.max(0, recording.search(/[^\s\ufeff]/));
  const end = recording.indexOf("\n", begin);
  const header = parse(recording.slice(begin, end < 0 ? undefined : end));
  const files: unknown = isRecord(header) ? header["files"] : null;
  if (!Array.isArray(files)) return new Map();
  return new Map(files.filter(isRecord).map((file) => [String(file["sha256"]), file]));
}

function bytesOf({ text, base64 }: Raw): Uint8Array | null {
  if (typeof text === "string") return new TextEncoder().encode(text);
  if (typeof base64 !== "string") return null;
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function asText(bytes: Uint8Array): IncludedFile {
  const shown = bytes.subarray(0, READ_BYTES);
  const binary = shown.includes(0);
  const text = binary ? "" : new TextDecoder("utf-8", { ignoreBOM: true }).decode(shown);
  return { text, binary, truncated: bytes.length > READ_BYTES };
}

type Raw = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What programs write, made safe to show as text: terminal sequences are taken out, a carriage
 * return overwrites its line, and characters that would hide or reorder text become visible.
 */
import type { Output } from "../../scene/types";

export interface Segment {
  readonly key: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface Shown {
  readonly segments: readonly Segment[];
  /** True when something at the front is left out. */
  readonly cut: boolean;
}

/* eslint-disable no-control-regex -- control characters are what these look for */
const SEQUENCES = new RegExp(
  [
    "\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)", // OSC … BEL or ST: titles, links
    "\\u001b[PX^_][^\\u001b]*(?:\\u001b\\\\)", // DCS, SOS, PM, APC … ST
    "[\\u001b]\\[[0-?]*[ -/]*[@-~]", // CSI: colours, cursor
    "\\u009b[0-?]*[ -/]*[@-~]", // CSI as one C1 character
    "\\u001b[ -/]*[0-~]", // two-character sequences
  ].join("|"),
  "g",
);
const INVISIBLE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
/* eslint-enable no-control-regex */

const MOST_CHARACTERS = 128 * 1024;

/** Text as a terminal without colours would leave it. */
export function plainText(raw: string): string {
  const text = raw.replace(SEQUENCES, "");
  const lines = text.includes("\r") ? text.split("\n").map(overwritten).join("\n") : text;
  return lines.replace(INVISIBLE, visible);
}

// Split and not matched: a pattern that looks for `\r` from every place of a long line takes for ever.
function overwritten(line: string): string {
  const end = line.length - (/\r*$/.exec(line.slice(-64))?.[0].length ?? 0);
  return line.slice(line.lastIndexOf("\r", end - 1) + 1, end);
}

/** Output as runs of one stream, at most `lines` lines of it. */
export function shownOutput(output: Output, lines = 1000): Shown {
  const runs: { key: number; stream: "stdout" | "stderr"; raw: string }[] = [];
  for (const chunk of output.chunks) {
    const last = runs.at(-1);
    if (last?.stream === chunk.stream) last.raw += chunk.text;
    else runs.push({ key: chunk.seq, stream: chunk.stream, raw: chunk.text });
  }
  const segments: Segment[] = [];
  let room = lines;
  let cut = output.dropped > 0;
  for (let at = runs.length - 1; at >= 0; at -= 1) {
    const run = runs[at];
    if (!run) continue;
    if (room <= 0) {
      cut = true;
      break;
    }
    const raw = lastPart(run.raw);
    const tail = lastLines(plainText(raw), room);
    cut ||= tail.cut || raw.length < run.raw.length;
    room -= tail.lines;
    segments.unshift({ key: run.key, stream: run.stream, text: tail.text });
  }
  return { segments, cut };
}

// Output comes many times a second, and only its end is read: the rest need not be gone through.
function lastPart(raw: string): string {
  if (raw.length <= MOST_CHARACTERS) return raw;
  const start = raw.length - MOST_CHARACTERS;
  return raw.slice(raw.indexOf("\n", start) + 1 || start);
}

function lastLines(text: string, most: number): { text: string; lines: number; cut: boolean } {
  let lines = 1;
  // The newline at the very end closes a line and opens none.
  for (
    let at = text.lastIndexOf("\n", text.length - 2);
    at > 0;
    at = text.lastIndexOf("\n", at - 1)
  ) {
    if (lines === most) return { text: text.slice(at + 1), lines, cut: true };
    lines += 1;
  }
  return { text, lines, cut: false };
}

function visible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `‹U+${code.toString(16).toUpperCase().padStart(4, "0")}›`;
}

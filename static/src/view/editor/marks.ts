/**
 * What the newest build says about the lines of the Dockerfile as it is now. Lines that were edited
 * since lose their mark; lines that only moved keep it.
 */
import type { Diagnosis, Fix } from "../../events/generated";
import type { Build, Step, StepState } from "../../scene/types";
import { STATE_WORDS } from "../steps/steps";

export interface LineMark {
  readonly line: number;
  readonly step: number;
  readonly state: StepState;
}

export interface Annotations {
  readonly diagnoses: readonly Diagnosis[];
  readonly marks: readonly LineMark[];
  /** Number of the step that begins on a line, while no build has spoken about it. */
  readonly planned: readonly { readonly line: number; readonly step: number }[];
}

export const NO_ANNOTATIONS: Annotations = { diagnoses: [], marks: [], planned: [] };

/**
 * A fix that a build's diagnosis offers, for the text as it is now; null when one of its lines was
 * edited since, so that it would no longer mend what it was made for.
 */
export function fixNow(fix: Fix, dockerfile: string, text: string): Fix | null {
  if (dockerfile === text) return fix;
  const now = movedLines(dockerfile, text);
  const first = Math.max(1, Math.min(fix.line_start, fix.line_end));
  const last = Math.max(fix.line_start, fix.line_end);
  const start = now[first - 1] ?? null;
  if (start === null) return null;
  const shift = start - first;
  for (let line = first; line <= Math.min(last, now.length); line += 1) {
    if (now[line - 1] !== line + shift) return null;
  }
  return { ...fix, line_start: fix.line_start + shift, line_end: fix.line_end + shift };
}

/** Marks by line, one for each step's first line. */
export function lineMarks(build: Build | null, text: string): LineMark[] {
  if (!build) return [];
  const now = movedLines(build.dockerfile, text);
  const marks: LineMark[] = [];
  for (const step of build.steps) {
    const line = stillThere(step, now);
    if (line !== null) marks.push({ line, step: step.step, state: step.state });
  }
  return marks;
}

/**
 * For each old line its place in the new text, or null when it was edited: the lines before the
 * first difference stay, those behind the last one move together.
 */
export function movedLines(before: string, after: string): (number | null)[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  return old.map((_, at) => {
    if (at < head) return at + 1;
    return at >= old.length - tail ? at + 1 + now.length - old.length : null;
  });
}

export function stateWord(state: StepState): string {
  return STATE_WORDS[state];
}

function stillThere(step: Step, now: readonly (number | null)[]): number | null {
  for (let line = step.line_start; line <= step.line_end; line += 1) {
    if ((now[line - 1] ?? null) === null) return null;
  }
  return now[step.line_start - 1] ?? null;
}

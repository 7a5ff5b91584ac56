/** Which step of an earlier build stands in the place of a step of this one: stage by stage. */
import type { Build, Step } from "./types";

/** A step's place in an earlier build. */
export interface Place {
  readonly build: Build;
  /** The step that stood there; null when there was none. */
  readonly before: Step | null;
  /** The text of a step that stood just before it then and is gone now; else empty. */
  readonly onto: string;
}

/** The place of every step of `build` in `earlier`, by the step's number. */
export function places(earlier: Build, build: Build): ReadonlyMap<number, Place> {
  const known = memory.get(build)?.get(earlier);
  if (known) return known;
  const found = align(earlier, build);
  const ofBuild = memory.get(build) ?? new WeakMap<Build, ReadonlyMap<number, Place>>();
  memory.set(build, ofBuild.set(earlier, found));
  return found;
}

/** A build never changes in place, so what two of them have to do with each other stays true. */
const memory = new WeakMap<Build, WeakMap<Build, ReadonlyMap<number, Place>>>();

function align(earlier: Build, build: Build): ReadonlyMap<number, Place> {
  const found = new Map<number, Place>();
  for (const stage of new Set(build.steps.map((step) => step.stage))) {
    const then = earlier.steps.filter((step) => step.stage === stage);
    const now = build.steps.filter((step) => step.stage === stage);
    alignInto(found, earlier, then, now);
  }
  return found;
}

/**
 * Equal beginnings and equal ends are matched; what is between is matched in order. So a line that
 * was put in, taken out or rewritten does not make every later line look rewritten.
 */
function alignInto(
  found: Map<number, Place>,
  build: Build,
  then: readonly Step[],
  now: readonly Step[],
): void {
  const head = commonLength(then, now);
  const tail = commonLength(then.slice(head).toReversed(), now.slice(head).toReversed());
  const middleThen = then.slice(head, then.length - tail);
  const middleNow = now.slice(head, now.length - tail);
  now.forEach((step, index) => {
    const fromEnd = now.length - index;
    const before =
      index < head
        ? then[index]
        : fromEnd <= tail
          ? then[then.length - fromEnd]
          : middleThen[index - head];
    const gone = fromEnd === tail && middleThen.length > middleNow.length;
    found.set(step.step, {
      build,
      before: before ?? null,
      onto: gone ? (middleThen.at(-1)?.text ?? "") : "",
    });
  });
}

function commonLength(then: readonly Step[], now: readonly Step[]): number {
  const most = Math.min(then.length, now.length);
  let length = 0;
  while (length < most && then[length]?.text === now[length]?.text) length += 1;
  return length;
}

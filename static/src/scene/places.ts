/** Which step of an earlier build stands in the place of a step of this one: stage by stage. */
import { aligned, type Pair } from "./aligning";
import type { Build, Step } from "./types";

/** A step's place in an earlier build. */
export interface Place {
  readonly build: Build;
  /** The step that stood there; null when there was none. */
  readonly before: Step | null;
  /** Where this very instruction stood then, when it has moved since; else null. */
  readonly moved: Step | null;
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

/**
 * The instruction as far as it matters whether it is another one: keywords are read in any case,
 * and between the words of most instructions any space is as good as one.
 */
export function plain(text: string): string {
  const [, keyword = "", rest = ""] = /^\s*(\S+)\s*([^]*)$/.exec(text) ?? [];
  const upper = keyword.toUpperCase();
  const exact = upper === "RUN" || /["'\\]|<</.test(rest);
  return `${upper} ${exact ? rest.trimEnd() : rest.split(/\s+/).join(" ").trimEnd()}`;
}

function align(earlier: Build, build: Build): ReadonlyMap<number, Place> {
  const found = new Map<number, Place>();
  for (const [then, now] of stagePairs(earlier, build)) {
    const keys = (steps: readonly Step[]): string[] => steps.map((step) => plain(step.text));
    const pairs = aligned(keys(then), keys(now));
    placeStage(found, earlier, then, now, pairs);
  }
  return found;
}

function placeStage(
  found: Map<number, Place>,
  build: Build,
  then: readonly Step[],
  now: readonly Step[],
  pairs: readonly Pair[],
): void {
  const changed = rewritten(then, now, pairs);
  const kept = new Set([...pairs.map((pair) => pair.then), ...changed.values()]);
  now.forEach((step, at) => {
    const equal = pairs.find((pair) => pair.now === at)?.then;
    const place = equal ?? changed.get(at) ?? null;
    const before = place === null ? null : (then[place] ?? null);
    const same = then.find((each, index) => !kept.has(index) && each.text === step.text);
    found.set(step.step, { build, before, moved: before ? null : (same ?? null) });
  });
}

/** Between two lines that stayed: those of one keyword in their order, then one that is left. */
function rewritten(
  then: readonly Step[],
  now: readonly Step[],
  pairs: readonly Pair[],
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  let last: Pair = { then: -1, now: -1 };
  for (const pair of [...pairs, { then: then.length, now: now.length }]) {
    const left = range(last.then + 1, pair.then);
    const fresh = range(last.now + 1, pair.now);
    pairUp(then, now, left, fresh, found);
    last = pair;
  }
  return found;
}

function pairUp(
  then: readonly Step[],
  now: readonly Step[],
  left: number[],
  fresh: readonly number[],
  found: Map<number, number>,
): void {
  const texts = (steps: readonly Step[]): Set<string> => new Set(steps.map((step) => step.text));
  const [thenTexts, nowTexts] = [texts(then), texts(now)];
  const open = left.filter((index) => !nowTexts.has(then[index]?.text ?? ""));
  const alone: number[] = [];
  for (const at of fresh) {
    if (thenTexts.has(now[at]?.text ?? "")) continue;
    const match = open.findIndex((index) => then[index]?.instruction === now[at]?.instruction);
    const [index] = match === -1 ? [] : open.splice(match, 1);
    if (index === undefined) alone.push(at);
    else found.set(at, index);
  }
  const [at, index] = [alone[0], open[0]];
  if (alone.length !== 1 || open.length !== 1 || at === undefined || index === undefined) return;
  // A layer in a layer's place; what one only said in the config is not replaced by a layer.
  if (then[index]?.makes === "layer" && now[at]?.makes === "layer") found.set(at, index);
}

/** Stages by their names; those without one, or with another, in their order. */
function stagePairs(earlier: Build, build: Build): [readonly Step[], readonly Step[]][] {
  const [then, now] = [stagesOf(earlier), stagesOf(build)];
  const named = new Map(then.map((stage) => [stage[0]?.stage_name ?? null, stage]));
  const matched = now.map((stage) => {
    const name = stage[0]?.stage_name ?? null;
    return name === null ? undefined : named.get(name);
  });
  const taken = new Set(matched);
  const rest = then.filter((stage) => !taken.has(stage));
  const open = now.filter((_, at) => matched[at] === undefined);
  const pairs = new Map<readonly Step[], readonly Step[] | undefined>();
  // The last stage is the image: what was put in before it must not take its place.
  if (rest.at(-1) === then.at(-1) && open.at(-1) === now.at(-1)) {
    const [image, before] = [open.pop(), rest.pop()];
    if (image) pairs.set(image, before);
  }
  open.forEach((stage, at) => pairs.set(stage, rest[at]));
  return now.map((stage, at) => [matched[at] ?? pairs.get(stage) ?? [], stage]);
}

function stagesOf(build: Build): readonly (readonly Step[])[] {
  const numbers = [...new Set(build.steps.map((step) => step.stage))];
  return numbers.map((stage) => build.steps.filter((step) => step.stage === stage));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/**
 * The cache detective: why a step came from the cache or had to run, read off the tapes of two
 * builds. They are this one and the newest earlier one, of the same tag if there is one, in which
 * the same step was carried out. What counts for a step is what counts for it on both engines.
 */
import { argumentChanges, declaredBy, usedIn } from "./arguments";
import { stepOf } from "./lookup";
import { plain, places, type Place } from "./places";
import type { Build, CacheVerdict, Finding, Scene, Step } from "./types";

/** What is found about each of a build's steps, by their numbers. */
export function findings(scene: Scene, build: Build): ReadonlyMap<number, Finding> {
  const look: Look = { build, earlier: earlierBuilds(scene, build), known: new Map() };
  for (const step of build.steps) judge(look, step);
  return look.known;
}

/** The verdict on one step; `unknown` for one that neither ran nor came from the cache. */
export function verdict(scene: Scene, build: Build, step: Step): CacheVerdict {
  return findings(scene, build).get(step.step)?.verdict ?? { kind: "unknown" };
}

/** Whether a step was carried out, or at least begun. */
export function ran(step: Step): boolean {
  return ["running", "done", "failed", "stopped"].includes(step.state);
}

/**
 * Earlier builds to compare with: the newest first, those of the same tag before the others. Of
 * those only builds of the same base image: with another one there is nothing to compare.
 */
export function earlierBuilds(scene: Scene, build: Build): readonly Build[] {
  const earlier = scene.builds
    .filter((each) => each.build < build.build && each.steps.length > 0)
    .toReversed();
  const same = earlier.filter((each) => each.tag === build.tag);
  const bases = basesOf(build);
  const others = earlier.filter((each) => each.tag !== build.tag);
  return [...same, ...others.filter((each) => basesOf(each).some((base) => bases.includes(base)))];
}

function basesOf(build: Build): readonly string[] {
  return build.steps.filter((step) => step.makes === "base").map((step) => plain(step.text));
}

interface Look {
  readonly build: Build;
  readonly earlier: readonly Build[];
  /** Findings already made: a step is asked for by every step that stands on it. */
  readonly known: Map<number, Finding>;
}

function judge(look: Look, step: Step): Finding {
  const given = look.known.get(step.step) ?? decide(look, step);
  look.known.set(step.step, given);
  return given;
}

function decide(look: Look, step: Step): Finding {
  const place = placeBefore(look, step);
  const found = (first: CacheVerdict, ...also: CacheVerdict[]): Finding => ({
    verdict: first,
    also,
    against: place?.build.build ?? null,
    before: place?.before?.step ?? null,
  });
  const [first, ...also] = step.makes === "base" ? baseCauses(look, step, place) : [];
  if (first) return found(first, ...also);
  if (step.state === "cached") return found({ kind: "cached" });
  if (!ran(step)) return found({ kind: "unknown" });
  if (look.build.noCache) return found({ kind: "no-cache" });
  if (!place) return found({ kind: "first-build" });
  const [cause, ...others] = causes(look, step, place);
  return found(cause ?? { kind: step.makes === "base" ? "unknown" : "gone" }, ...others);
}

/** The step's place in the newest earlier build that carried it out, else in the first of them. */
function placeBefore(look: Look, step: Step): Place | null {
  let first: Place | null = null;
  for (const each of look.earlier) {
    const place = places(each, look.build).get(step.step);
    if (place?.before && succeeded(place.before)) return place;
    first ??= place ?? null;
  }
  return first;
}

/**
 * An engine says of every base image that it was there already, whichever it is. That it is another
 * one is only told where it mattered: where something that stands on it had to run.
 */
function baseCauses(look: Look, step: Step, place: Place | null): CacheVerdict[] {
  const mattered = look.build.steps.some((each) => each.needs.includes(step.step) && ran(each));
  if (!mattered || look.build.noCache || !place?.before || !succeeded(place.before)) return [];
  const own = ownCauses(look.build, step, place);
  // A stage that begins with another stage is not told apart by its layers: its steps are there.
  const other = step.needs.length === 0 && step.layers.join() !== place.before.layers.join();
  return own.length > 0 || !other || step.layers.length === 0 ? own : [{ kind: "base-changed" }];
}

function causes(look: Look, step: Step, place: Place): CacheVerdict[] {
  const { before } = place;
  const own = ownCauses(look.build, step, place);
  const root = rootOf(look, step);
  const parent: CacheVerdict[] = root === null ? [] : [{ kind: "earlier-step", step: root }];
  if (before && !succeeded(before)) {
    const failed = before.state === "failed";
    return [{ kind: "never-done", build: place.build.build, failed }, ...own];
  }
  if (own.length + parent.length > 0) return [...own, ...parent];
  const displaced = before ? displacedBy(look.build, step, place.build, before) : null;
  return displaced ? [displaced] : [];
}

/** What is different about the step itself. */
function ownCauses(build: Build, step: Step, place: Place): CacheVerdict[] {
  const { before, moved } = place;
  if (!before) {
    const fresh: CacheVerdict = { kind: "instruction-changed", before: "", after: step.text };
    return [moved ? { kind: "moved", from: moved.step } : fresh];
  }
  const found: CacheVerdict[] = [];
  if (plain(before.text) !== plain(step.text)) {
    found.push({ kind: "instruction-changed", before: before.text, after: step.text });
  }
  const files = changedFiles(build, step, place.build, before);
  if (files) found.push(files);
  const changes = argumentChanges(build, step, place.build);
  if (changes.length > 0) found.push({ kind: "argument-changed", changes });
  return found;
}

function changedFiles(
  build: Build,
  step: Step,
  earlier: Build,
  before: Step,
): Extract<CacheVerdict, { kind: "files-changed" }> | null {
  const now = sums(build, step);
  const then = sums(earlier, before);
  const added = [...now.keys()].filter((path) => !then.has(path));
  const deleted = [...then.keys()].filter((path) => !now.has(path));
  const modified = [...now].flatMap(([path, sum]) =>
    then.has(path) && then.get(path) !== sum ? [path] : [],
  );
  if (added.length + deleted.length + modified.length === 0) return null;
  return { kind: "files-changed", added, modified, deleted };
}

/** The step that began it all, among those that this one stands on or copies from. */
function rootOf(look: Look, step: Step): number | null {
  const seen = new Set<string>();
  const visit = (number: number, below: number, behindCached: boolean): number | null => {
    // Needs point backwards; a tape that says otherwise must not send us round in circles.
    const each = number < below ? stepOf(look.build, number) : null;
    const key = `${number} ${behindCached}`;
    if (!each || seen.has(key)) return null;
    seen.add(key);
    const root = asCause(look, each, step, behindCached);
    if (root !== null) return root;
    // A cached layer is what it was, wherever it was copied from; what was said before it counts.
    const layer = each.state === "cached" && each.makes === "layer";
    const needs = layer
      ? each.needs.filter((need) => stepOf(look.build, need)?.stage === each.stage)
      : each.needs;
    return first(needs, (need) => visit(need, number, behindCached || layer));
  };
  return first(step.needs, (need) => visit(need, step.step, false));
}

function first(needs: readonly number[], visit: (need: number) => number | null): number | null {
  for (const need of needs) {
    const found = visit(need);
    if (found !== null) return found;
  }
  return null;
}

/** The number of the step behind `each`, if `each` made `step` run; else null. */
function asCause(look: Look, each: Step, step: Step, behindCached: boolean): number | null {
  const finding = judge(look, each);
  const why = finding.verdict;
  const changed = each.makes === "base" ? isChange(why) : ran(each);
  if (!changed) return null;
  if (step.makes === "config") return firstCause(finding) ?? each.step;
  if (each.makes !== "config") return behindCached ? null : (firstCause(finding) ?? each.step);
  // It ran for what was said before it, or for where it stands: what it says itself is the same.
  if (["earlier-step", "line-removed", "line-added", "gone"].includes(why.kind)) return null;
  if (why.kind === "moved" && why.from < stoodAt(look, step)) return null;
  const said = why.kind === "instruction-changed" ? [why.before, why.after] : [each.text];
  return said.some((text) => counts({ ...each, text }, step)) ? each.step : null;
}

/** The number that the step had in the build compared with. */
function stoodAt(look: Look, step: Step): number {
  return placeBefore(look, step)?.before?.step ?? 0;
}

/** The earlier step that would have been enough, whatever else there is. */
export function firstCause(finding: Finding): number | null {
  const cause = [finding.verdict, ...finding.also].find((each) => each.kind === "earlier-step");
  return cause?.kind === "earlier-step" ? cause.step : null;
}

function isChange(why: CacheVerdict): boolean {
  return ["base-changed", "instruction-changed", "argument-changed"].includes(why.kind);
}

/** Whether what a config step says is part of what the engines know this step by. */
function counts(said: Step, step: Step): boolean {
  if (step.makes === "config") return true;
  if (step.instruction === "RUN") {
    return ["ENV", "ARG", "USER", "WORKDIR", "SHELL"].includes(said.instruction);
  }
  if (said.instruction === "USER") return step.instruction === "WORKDIR";
  if (said.instruction !== "ENV" && said.instruction !== "ARG") return false;
  const used = usedIn(step.text);
  return [...declaredBy(said)].some((name) => used.has(name));
}

/** A line that stood before it and does not now, or the other way round, though nothing of it ran. */
function displacedBy(build: Build, step: Step, earlier: Build, before: Step): CacheVerdict | null {
  const [then, now] = [standingOn(earlier, before), standingOn(build, step)];
  const texts = (steps: readonly Step[]): string[] => steps.map((each) => plain(each.text));
  const [thenTexts, nowTexts] = [texts(then), texts(now)];
  const gone = then.findLast((_, at) => !nowTexts.includes(thenTexts[at] ?? ""));
  if (gone) return { kind: "line-removed", text: gone.text };
  const added = now.find((_, at) => nowTexts[at] !== thenTexts[at]);
  return added ? { kind: "line-added", step: added.step } : null;
}

/** The steps of its stage that a step is known by: the layer below it, and what was said for it. */
function standingOn(build: Build, step: Step): readonly Step[] {
  const above = build.steps.filter((each) => each.stage === step.stage && each.step < step.step);
  if (step.makes === "config") return above;
  const layer = above.findLast((each) => each.makes !== "config");
  return above.filter(
    (each) => each === layer || (each.makes !== "base" && says(each) && counts(each, step)),
  );
}

/** Whether it says something in the config; WORKDIR makes a layer as well. */
function says(step: Step): boolean {
  return step.makes === "config" || step.instruction === "WORKDIR";
}

function succeeded(step: Step): boolean {
  return step.state === "done" || step.state === "cached";
}

function sums(build: Build, step: Step): Map<string, string> {
  const all = new Map(build.files.map((file) => [file.path, file.sha256]));
  return new Map(step.reads.map((path) => [path, all.get(path) ?? ""]));
}

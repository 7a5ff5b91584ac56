/**
 * Why a step came from the cache or had to run, read off the tapes of two builds: this one, and the
 * newest earlier one (of the same tag, if there is one) in which the same step was carried out.
 */
import { own, stepOf } from "./lookup";
import { places, type Place } from "./places";
import type { Build, CacheVerdict, Scene, Step } from "./types";
import { list } from "./words";

/** The verdict on a step that ran, or came from the cache; `unknown` for one that did neither. */
export function verdict(scene: Scene, build: Build, step: Step): CacheVerdict {
  return judge(scene, build, step, new Map());
}

/** The verdicts on all of a build's steps, by their numbers. */
export function verdicts(scene: Scene, build: Build): ReadonlyMap<number, CacheVerdict> {
  const known: Known = new Map();
  for (const step of build.steps) judge(scene, build, step, known);
  return known;
}

/** The verdict in one plain sentence; with the step, a base image is told from a step's result. */
export function explain(verdict: CacheVerdict, step?: Step): string {
  switch (verdict.kind) {
    case "cached":
      return step?.makes === "base"
        ? "Already there: the base image did not have to be fetched."
        : "From the cache: the same instruction on the same layers was carried out before.";
    case "first-build":
      return "It ran because the cache had no result of it yet.";
    case "no-cache":
      return "It ran because this build was told not to use the cache (--no-cache).";
    case "instruction-changed":
      return verdict.before === ""
        ? "It ran because this instruction is new here."
        : `It ran because the instruction changed. It was: ${verdict.before}`;
    case "files-changed":
      return `It ran because files that it copies changed: ${filesInWords(verdict)}.`;
    case "argument-changed":
      return `It ran because a build argument changed: ${list(verdict.names)}.`;
    case "earlier-step":
      return `It ran because step ${verdict.step} ran: each step stands on the one before it.`;
    case "base-changed":
      return "It ran because the base image is another one now.";
    case "unknown":
      return "The tape does not tell why it ran.";
  }
}

/** Verdicts of this build already given: a step is asked for by every step that stands on it. */
type Known = Map<number, CacheVerdict>;

function judge(scene: Scene, build: Build, step: Step, known: Known): CacheVerdict {
  const given = known.get(step.step) ?? decide(scene, build, step, known);
  known.set(step.step, given);
  return given;
}

function decide(scene: Scene, build: Build, step: Step, known: Known): CacheVerdict {
  if (step.state === "cached") return { kind: "cached" };
  if (!ran(step)) return { kind: "unknown" };
  if (build.noCache) return { kind: "no-cache" };
  const place = placeBefore(scene, build, step);
  if (!place) return { kind: "first-build" };
  return (
    ownReason(build, step, place) ??
    parentReason(scene, build, step, known) ??
    remainingReason(step, place)
  );
}

/**
 * The step's place in the newest earlier build that carried it out, those of the same tag first;
 * when none did, its place in the first of those builds.
 */
function placeBefore(scene: Scene, build: Build, step: Step): Place | null {
  const earlier = scene.builds
    .filter((each) => each.build < build.build && each.steps.length > 0)
    .toReversed();
  const sameTag = earlier.filter((each) => each.tag === build.tag);
  const otherTag = earlier.filter((each) => each.tag !== build.tag);
  let first: Place | null = null;
  for (const each of [...sameTag, ...otherTag]) {
    const place = places(each, build).get(step.step);
    if (place?.before && succeeded(place.before)) return place;
    first ??= place ?? null;
  }
  return first;
}

/** What is different about the step itself. */
function ownReason(build: Build, step: Step, place: Place): CacheVerdict | null {
  const { before } = place;
  if (!before) return { kind: "instruction-changed", before: "", after: step.text };
  if (before.text !== step.text) {
    return { kind: "instruction-changed", before: before.text, after: step.text };
  }
  return filesReason(build, step, place.build, before) ?? argumentReason(build, step, place.build);
}

function filesReason(build: Build, step: Step, earlier: Build, before: Step): CacheVerdict | null {
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

/** Build arguments with another value now, that the step names or (for RUN) finds in its environment. */
function argumentReason(build: Build, step: Step, earlier: Build): CacheVerdict | null {
  const names = changedArguments(build, earlier).filter((name) => sees(build, step, name));
  return names.length > 0 ? { kind: "argument-changed", names } : null;
}

/** The first cause among the steps that it stands on or copies from. */
function parentReason(scene: Scene, build: Build, step: Step, known: Known): CacheVerdict | null {
  for (const need of step.needs) {
    // Needs point backwards; a tape that says otherwise must not send us round in circles.
    const parent = need < step.step ? stepOf(build, need) : null;
    if (!parent || !ran(parent)) continue;
    const cause = judge(scene, build, parent, known);
    if (cause.kind === "earlier-step") return cause;
    // A base image that is looked up again is still the same one: nothing runs because of that.
    if (parent.makes === "base" && cause.kind === "unknown") continue;
    return { kind: "earlier-step", step: parent.step };
  }
  return null;
}

function remainingReason(step: Step, place: Place): CacheVerdict {
  const { before } = place;
  if (!before || !succeeded(before)) return { kind: "first-build" };
  if (step.makes === "base" && step.layers.join() !== before.layers.join()) {
    return { kind: "base-changed" };
  }
  if (place.onto !== "" && step.makes !== "base") {
    // The step is the same, but one that stood before it has gone.
    return { kind: "instruction-changed", before: place.onto, after: step.text };
  }
  return { kind: "unknown" };
}

function ran(step: Step): boolean {
  return ["running", "done", "failed", "stopped"].includes(step.state);
}

function succeeded(step: Step): boolean {
  return step.state === "done" || step.state === "cached";
}

function sums(build: Build, step: Step): Map<string, string> {
  const all = new Map(build.files.map((file) => [file.path, file.sha256]));
  return new Map(step.reads.map((path) => [path, all.get(path) ?? ""]));
}

function changedArguments(build: Build, earlier: Build): readonly string[] {
  const names = new Set([...Object.keys(build.args), ...Object.keys(earlier.args)]);
  return [...names].filter((name) => own(build.args, name) !== own(earlier.args, name)).sort();
}

function sees(build: Build, step: Step, name: string): boolean {
  if (step.text.includes(`$${name}`) || step.text.includes(`\${${name}`)) return true;
  if (declares(step, name)) return true;
  const declared = build.steps.some(
    (each) => each.stage === step.stage && each.step < step.step && declares(each, name),
  );
  return step.instruction === "RUN" && declared;
}

function declares(step: Step, name: string): boolean {
  const words = step.text.split(/\s+/).slice(1);
  return step.instruction === "ARG" && words.some((word) => word.split("=")[0] === name);
}

function filesInWords(verdict: Extract<CacheVerdict, { kind: "files-changed" }>): string {
  const parts = [
    verdict.modified.length > 0 ? `${list(verdict.modified)} modified` : "",
    verdict.added.length > 0 ? `${list(verdict.added)} added` : "",
    verdict.deleted.length > 0 ? `${list(verdict.deleted)} no longer there` : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

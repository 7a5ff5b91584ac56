/** What the cache detective says: each finding in a sentence, the whole build in a few, and seconds. */
import { earlierBuilds, findings, firstCause, ran } from "./cache";
import { places, plain } from "./places";
import type { Build, CacheVerdict, Finding, Scene, Step } from "./types";
import { count, duration, excerpt, list } from "./words";

/** The verdict in one plain sentence; with the step, a base image is told from a step's result. */
export function explain(verdict: CacheVerdict, step?: Step): string {
  const base = step?.makes === "base";
  const cause = causeWords(verdict, step);
  if (cause !== null && base && isOtherBase(verdict)) {
    return `Another base image than before: ${cause}.`;
  }
  if (cause !== null) return `It ran because ${cause}.`;
  switch (verdict.kind) {
    case "cached":
      return base
        ? "Already there: the base image did not have to be fetched."
        : "From the cache: the same instruction on the same layers was carried out before.";
    case "gone":
      return step?.instruction === "COPY" || step?.instruction === "ADD"
        ? "Nothing that the tape tells of has changed: either the cache no longer has the result, or a file's permissions are others."
        : "Nothing that the tape tells of has changed: the cache no longer has the result.";
    default:
      return "The tape does not tell why it ran.";
  }
}

function isOtherBase({ kind }: CacheVerdict): boolean {
  return ["base-changed", "instruction-changed", "argument-changed"].includes(kind);
}

/** The cause as a clause, as after “because”; null for what is none. */
export function causeWords(verdict: CacheVerdict, step?: Step): string | null {
  switch (verdict.kind) {
    case "first-build":
      return "the cache had no result of it yet";
    case "never-done":
      return verdict.failed
        ? `it failed in build ${verdict.build}, and the cache keeps only what went well`
        : `build ${verdict.build} did not get this far, so the cache had no result of it`;
    case "no-cache":
      return "this build was told not to use the cache (--no-cache)";
    case "instruction-changed":
      return verdict.before === "" ? "this instruction is new here" : "the instruction changed";
    case "moved":
      return `the instruction was moved: it was step ${verdict.from}, and each step stands on the one before it`;
    case "line-removed":
      return `a line that stood before it is there no more: ${excerpt(verdict.text)}`;
    case "line-added":
      return `step ${verdict.step} stands before it now`;
    case "files-changed":
      return `files that it ${step?.instruction === "RUN" ? "mounts" : "copies"} changed: ${filesInWords(verdict, FULL)}`;
    case "argument-changed":
      return `a build argument changed: ${list(verdict.changes.map(argumentInWords))}`;
    case "earlier-step":
      return `step ${verdict.step} ran: each step stands on the one before it`;
    case "base-changed":
      return "its name stands for other layers now";
    case "cached":
    case "gone":
    case "unknown":
      return null;
  }
}

/** A build as the detective sees it. Times are in milliseconds. */
export interface Case {
  readonly findings: ReadonlyMap<number, Finding>;
  /** In sentences, for the top of the list; empty while nothing can be said. */
  readonly summary: readonly string[];
  /** What might be done about it, as a question; null where the tape gives no reason to ask. */
  readonly hint: string | null;
}

export function investigate(scene: Scene, build: Build): Case {
  const found = findings(scene, build);
  const over = build.state !== "queued" && build.state !== "running";
  if (!over || build.steps.length === 0) return { findings: found, summary: [], hint: null };
  return {
    findings: found,
    summary: summaryOf(scene, build, found),
    hint: hintOf(build, found),
  };
}

/** How long a cached step took when it was last carried out; null when no tape tells. */
export function savedMs(scene: Scene, build: Build, step: Step): number | null {
  if (step.state !== "cached" || step.makes === "base") return null;
  for (const each of earlierBuilds(scene, build)) {
    const before = places(each, build).get(step.step)?.before;
    if (before?.state !== "done" || plain(before.text) !== plain(step.text)) continue;
    if (before.durationMs !== null) return before.durationMs;
  }
  return null;
}

function summaryOf(scene: Scene, build: Build, found: ReadonlyMap<number, Finding>): string[] {
  const work = build.steps.filter((step) => ran(step));
  const total = duration(workMs(work));
  const saving = savingWords(scene, build);
  if (work.length === 0) return ["Everything came from the cache: nothing had changed.", ...saving];
  const [first, ...rest] = breaking(build, found);
  const verdict = first && found.get(first.step)?.verdict;
  if (!first || !verdict) return [`What was not in the cache ran in ${total}.`, ...saving];
  if (verdict.kind === "first-build") {
    const based = build.steps.some((step) => step.makes === "base" && step.state === "cached");
    const there = based ? "Only the base image was there already" : "Nothing of it was there yet";
    return [`${there}: what ran took ${total}.`, ...saving];
  }
  if (verdict.kind === "no-cache") {
    return [`This build was told not to use the cache: what ran took ${total}.`];
  }
  const others = rest.length > 0 ? ` So did ${stepsInWords(rest)}.` : "";
  const lost = verdict.kind === "gone" || verdict.kind === "never-done";
  const did = lost ? "was the first that had to run" : "broke the cache";
  const broke = `Step ${first.step} ${did}: ${brokeWords(verdict)}.${others}`;
  return [broke, costWords(build, found, first), ...saving].filter(Boolean);
}

/** Steps with a cause of their own that no earlier step would have made run anyway. */
function breaking(build: Build, found: ReadonlyMap<number, Finding>): readonly Step[] {
  return build.steps.filter((step) => {
    const finding = found.get(step.step);
    if (!finding || ["cached", "unknown"].includes(finding.verdict.kind)) return false;
    return firstCause(finding) === null;
  });
}

/** What the break cost: the steps that ran for no other reason than that an earlier one did. */
function costWords(build: Build, found: ReadonlyMap<number, Finding>, broke: Step): string {
  const work = build.steps.filter((step) => ran(step));
  const total = duration(workMs(work));
  const after = work.filter((step) => found.get(step.step)?.verdict.kind === "earlier-step");
  if (after.length === 0) return `What ran took ${total}.`;
  const later = build.steps.filter((step) => step.step > broke.step && step.state !== "skipped");
  const who =
    later.length === after.length
      ? "Everything after it had to run"
      : `${count(after.length, "step")} that changed nothing had to run after it`;
  return `${who}: ${duration(workMs(after))} of the ${total} that the steps took.`;
}

function savingWords(scene: Scene, build: Build): string[] {
  const saved = build.steps.map((step) => savedMs(scene, build, step) ?? 0);
  const sum = saved.reduce((total, ms) => total + ms, 0);
  return sum > 0 ? [`The cache saved ${duration(sum)}.`] : [];
}

/** Only where the tape shows that most of what the step takes was the same: then it may be split. */
function hintOf(build: Build, found: ReadonlyMap<number, Finding>): string | null {
  for (const step of build.steps) {
    const verdict = found.get(step.step)?.verdict;
    if (verdict?.kind !== "files-changed" || !["COPY", "ADD"].includes(step.instruction)) continue;
    const changed = [...verdict.modified, ...verdict.added, ...verdict.deleted];
    const same = step.reads.filter((path) => !changed.includes(path));
    const runs = build.steps.filter((each) => {
      const why = found.get(each.step)?.verdict;
      return each.instruction === "RUN" && why?.kind === "earlier-step" && why.step === step.step;
    });
    const slowest = runs.toSorted((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0))[0];
    if (same.length === 0 || !slowest) continue;
    return (
      `Does step ${slowest.step} need ${list(changed)}? If not, copy what it does need in a step ` +
      `before it, and the rest after it: then a change of ${list(changed, 1)} leaves it in the cache.`
    );
  }
  return null;
}

function workMs(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (step.durationMs ?? 0), 0);
}

function brokeWords(verdict: CacheVerdict): string {
  if (verdict.kind === "files-changed") return filesInWords(verdict, SHORT);
  if (verdict.kind === "gone") return "nothing has changed, but the cache no longer has its result";
  return causeWords(verdict) ?? "the tape does not tell why";
}

function stepsInWords(steps: readonly Step[]): string {
  const numbers = steps.map((step) => `${step.step}`);
  return `${steps.length === 1 ? "step" : "steps"} ${list(numbers)}`;
}

function argumentInWords(change: {
  name: string;
  before: string | null;
  after: string | null;
}): string {
  const said = (value: string | null): string =>
    value === null ? "not given" : `“${excerpt(value)}”`;
  return `${change.name} was ${said(change.before)} and is ${said(change.after)}`;
}

const FULL = ["modified", "added", "no longer there"] as const;
const SHORT = ["changed", "came", "went"] as const;

function filesInWords(
  verdict: Extract<CacheVerdict, { kind: "files-changed" }>,
  [modified, added, deleted]: typeof FULL | typeof SHORT,
): string {
  const parts = [
    verdict.modified.length > 0 ? `${list(verdict.modified)} ${modified}` : "",
    verdict.added.length > 0 ? `${list(verdict.added)} ${added}` : "",
    verdict.deleted.length > 0 ? `${list(verdict.deleted)} ${deleted}` : "",
  ];
  return parts.filter((part) => part !== "").join("; ");
}

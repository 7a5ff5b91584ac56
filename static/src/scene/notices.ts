/** What events about limits and about the engine itself do to the scene: each leaves a notice. */
import type {
  EngineLost,
  EngineRestored,
  LimitReached,
  OutputTruncated,
} from "../events/generated";
import { onBuild } from "./builds";
import { onContainer, onExec } from "./containers";
import { buildOf, containerOf, execOf } from "./lookup";
import { truncate } from "./output";
import type { Notice, Scene } from "./types";
import { ended, limitClause } from "./words";

export const MOST_NOTICES = 50;

export function limitReached(scene: Scene, event: LimitReached): Scene {
  const text = limitSentence(scene, event);
  return note(scene, { seq: event.seq, kind: "limit", text, subject: event.subject });
}

export function outputTruncated(scene: Scene, event: OutputTruncated): Scene {
  const text = truncatedSentence(scene, event);
  const next = markTruncated(scene, event.subject);
  return note(next, { seq: event.seq, kind: "truncated", text, subject: event.subject });
}

/** What a limit stopped, and what it allows. */
export function limitSentence(scene: Scene, event: LimitReached): string {
  const clause = limitClause(event.what, event.limit);
  return `${subjectName(scene, event.subject)} reached a limit: ${clause}.`;
}

/** Whose output was cut, and what the limit allows. */
export function truncatedSentence(scene: Scene, event: OutputTruncated): string {
  const subject = midSentence(subjectName(scene, event.subject));
  return `Some output of ${subject} was left out: ${limitClause(event.what, event.limit)}.`;
}

export function engineLost(scene: Scene, event: EngineLost): Scene {
  const text = `The engine went away. ${ended(event.message)}`.trim();
  return {
    ...note(scene, { seq: event.seq, kind: "lost", text, subject: null }),
    engineLost: true,
  };
}

export function engineRestored(scene: Scene, event: EngineRestored): Scene {
  const text = `The engine is back. ${ended(event.message)}`.trim();
  return {
    ...note(scene, { seq: event.seq, kind: "restored", text, subject: null }),
    engineLost: false,
  };
}

/** What a limit's subject (`build:1`, `container:<id>`, `exec:<id>`, `transfer:1`, `lab`) is called on the stage. */
export function subjectName(scene: Scene, subject: string): string {
  const { kind, id } = split(subject);
  if (kind === "build") return `Build ${id}`;
  if (kind === "container") return containerName(scene, id);
  if (kind === "transfer") return transferName(scene, Number(id));
  if (subject === "lab") return "This lab";
  if (kind !== "exec") return "Something";
  const exec = execOf(scene, id);
  if (!exec) return "A command in a container";
  const where = midSentence(containerName(scene, exec.container));
  return exec.terminal ? `A shell in ${where}` : `A command in ${where}`;
}

function transferName(scene: Scene, number: number): string {
  const transfer = scene.transfers.find((each) => each.transfer === number);
  return transfer ? `The ${transfer.direction} of ${transfer.reference}` : "A push or a pull";
}

function containerName(scene: Scene, id: string): string {
  const container = containerOf(scene, id);
  return container ? `Container ${container.name}` : "A container";
}

function midSentence(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

function markTruncated(scene: Scene, subject: string): Scene {
  const { kind, id } = split(subject);
  if (kind === "container") {
    return onContainer(scene, id, (each) => ({ ...each, output: truncate(each.output) }));
  }
  if (kind === "exec") {
    return onExec(scene, id, (each) => ({ ...each, output: truncate(each.output) }));
  }
  return kind === "build" ? markStep(scene, Number(id)) : scene;
}

/** A build's output is that of the step which wrote last. */
function markStep(scene: Scene, number: number): Scene {
  const steps = buildOf(scene, number)?.steps ?? [];
  const last =
    steps.findLast((step) => step.state === "running") ??
    steps.findLast((step) => step.output.chunks.length > 0);
  if (!last) return scene;
  return onBuild(scene, number, (build) => ({
    ...build,
    steps: build.steps.map((step) =>
      step === last ? { ...step, output: truncate(step.output) } : step,
    ),
  }));
}

function split(subject: string): { kind: string; id: string } {
  const colon = subject.indexOf(":");
  return { kind: subject.slice(0, Math.max(0, colon)), id: subject.slice(colon + 1) };
}

function note(scene: Scene, notice: Notice): Scene {
  return { ...scene, notices: [...scene.notices, notice].slice(-MOST_NOTICES) };
}

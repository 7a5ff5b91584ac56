/** What events about builds and their steps do to the scene. */
import type {
  AnyEvent,
  BuildPlanned,
  BuildQueued,
  BuildStarted,
  ConfigChanged,
  LayerCreated,
  PlannedStep,
  StepCached,
  StepFailed,
  StepFinished,
  StepOutput,
  StepStarted,
} from "../events/generated";
import { buildOf, change, own } from "./lookup";
import { append, NO_OUTPUT } from "./output";
import type { Build, Layer, Scene, Step, StepState } from "./types";

/** Builds kept; an old one's layers and images stay when the build itself is forgotten. */
export const MOST_BUILDS = 60;

export function queued(scene: Scene, event: BuildQueued): Scene {
  const known = buildOf(scene, event.build);
  if (!known) return add(scene, { ...blank(event.build), position: event.position });
  if (known.state !== "queued") return scene;
  return onBuild(scene, event.build, (build) => ({ ...build, position: event.position }));
}

export function started(scene: Scene, event: BuildStarted): Scene {
  const known = buildOf(scene, event.build);
  if (known && known.state !== "queued") return scene;
  const build: Build = {
    ...blank(event.build),
    state: "running",
    tag: event.tag,
    dockerfile: event.dockerfile,
    files: event.files,
    args: event.args,
    target: event.target,
    noCache: event.no_cache,
    startedSeq: event.seq,
    startedMs: event.at_ms,
  };
  return known ? onBuild(scene, event.build, () => build) : add(scene, build);
}

export function planned(scene: Scene, event: BuildPlanned): Scene {
  return onBuild(scene, event.build, (build) => {
    if (build.state !== "running") return build;
    // A base image's ONBUILD triggers may lengthen the plan while it is carried out.
    const before = new Map(build.steps.map((step) => [`${step.step} ${step.text}`, step]));
    const numbers = new Set<number>();
    const steps = event.steps
      .filter((step) => !numbers.has(step.step) && numbers.add(step.step))
      .map((step) => replan(step, before.get(`${step.step} ${step.text}`)));
    return { ...build, steps };
  });
}

export function stepStarted(scene: Scene, event: StepStarted): Scene {
  return onRunningStep(scene, event, (step) =>
    step.state === "waiting" ? { ...step, state: "running", startedMs: event.at_ms } : step,
  );
}

export function stepCached(scene: Scene, event: StepCached): Scene {
  return onRunningStep(scene, event, (step) =>
    step.state === "waiting" || step.state === "running" ? { ...step, state: "cached" } : step,
  );
}

export function stepFinished(scene: Scene, event: StepFinished): Scene {
  return onRunningStep(scene, event, (step) =>
    step.state === "waiting" || step.state === "running"
      ? { ...step, state: "done", durationMs: event.duration_ms }
      : step,
  );
}

export function stepOutput(scene: Scene, event: StepOutput): Scene {
  return onStep(scene, event.build, event.step, (step) => ({
    ...step,
    output: append(step.output, event.seq, event.stream, event.text),
  }));
}

export function stepFailed(scene: Scene, event: StepFailed): Scene {
  return onRunningStep(scene, event, (step) => ({
    ...step,
    state: "failed",
    message: event.message,
    exitCode: event.exit_code,
    diagnosis: event.diagnosis,
    durationMs: step.startedMs === null ? null : Math.max(0, event.at_ms - step.startedMs),
  }));
}

export function configChanged(scene: Scene, event: ConfigChanged): Scene {
  return onStep(scene, event.build, event.step, (step) => ({
    ...step,
    config: { field: event.field, value: event.value },
  }));
}

export function layerCreated(scene: Scene, event: LayerCreated): Scene {
  const build = buildOf(scene, event.build);
  const step = build?.steps.find((each) => each.step === event.step);
  if (!step) return scene;
  const known = own(scene.layers, event.layer);
  // A layer is named by its content: whoever makes it again has made the same one.
  const layers =
    known && known.instruction !== ""
      ? scene.layers
      : { ...scene.layers, [event.layer]: layerFrom(event, step) };
  const next = layers === scene.layers ? scene : { ...scene, layers };
  return onStep(next, event.build, event.step, (each) =>
    each.layers.includes(event.layer) ? each : { ...each, layers: [...each.layers, event.layer] },
  );
}

/** A build's end: whatever still ran has stopped (or, when the image is there, is done). */
export function ended(
  scene: Scene,
  event: Extract<AnyEvent, { type: "build.failed" | "build.cancelled" | "image.built" }>,
): Scene {
  return onBuild(scene, event.build, (build) => {
    if (build.state !== "running" && build.state !== "queued") return build;
    const end = { endedSeq: event.seq, position: null };
    const took = build.startedMs === null ? null : Math.max(0, event.at_ms - build.startedMs);
    switch (event.type) {
      case "image.built":
        return {
          ...settle(build, "done"),
          ...end,
          state: "built",
          image: event.image,
          durationMs: event.duration_ms,
        };
      case "build.failed":
        return {
          ...settle(build, "stopped"),
          ...end,
          state: "failed",
          message: event.message,
          diagnosis: event.diagnosis,
          durationMs: took,
        };
      case "build.cancelled":
        return {
          ...settle(build, "stopped"),
          ...end,
          state: "cancelled",
          message: event.reason,
          durationMs: took,
        };
    }
  });
}

/** The build changed by `how`; the same scene when there is no such build. */
export function onBuild(scene: Scene, build: number, how: (build: Build) => Build): Scene {
  const builds = change(scene.builds, (each) => each.build === build, how);
  return builds === scene.builds ? scene : { ...scene, builds };
}

function onStep(scene: Scene, build: number, step: number, how: (step: Step) => Step): Scene {
  return onBuild(scene, build, (each) => {
    const steps = change(each.steps, (one) => one.step === step, how);
    return steps === each.steps ? each : { ...each, steps };
  });
}

function onRunningStep(
  scene: Scene,
  event: { readonly build: number; readonly step: number },
  how: (step: Step) => Step,
): Scene {
  if (buildOf(scene, event.build)?.state !== "running") return scene;
  return onStep(scene, event.build, event.step, how);
}

function settle(build: Build, state: StepState): Build {
  const steps = change(
    build.steps,
    (step) => step.state === "running",
    (step) => ({ ...step, state }),
  );
  return { ...build, steps };
}

function replan(step: PlannedStep, before: Step | undefined): Step {
  const fresh: Omit<Step, keyof PlannedStep> = before ?? {
    state: step.skipped ? "skipped" : "waiting",
    startedMs: null,
    durationMs: null,
    output: NO_OUTPUT,
    layers: [],
    config: null,
    message: null,
    exitCode: null,
    diagnosis: null,
  };
  return { ...fresh, ...step };
}

function layerFrom(event: LayerCreated, step: Step): Layer {
  return {
    digest: event.layer,
    size: event.size,
    added: event.added,
    modified: event.modified,
    deleted: event.deleted,
    instruction: step.instruction,
    text: step.text,
    base: step.makes === "base",
    build: event.build,
    step: event.step,
    committedFrom: null,
    seq: event.seq,
  };
}

function add(scene: Scene, build: Build): Scene {
  const builds = [...scene.builds, build].sort((a, b) => a.build - b.build);
  return { ...scene, builds: builds.slice(-MOST_BUILDS) };
}

function blank(build: number): Build {
  return {
    build,
    state: "queued",
    position: null,
    tag: "",
    dockerfile: "",
    files: [],
    args: {},
    target: null,
    noCache: false,
    steps: [],
    image: null,
    message: null,
    diagnosis: null,
    startedSeq: null,
    endedSeq: null,
    startedMs: null,
    durationMs: null,
  };
}

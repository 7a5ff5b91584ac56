/**
 * From one scene to the next: the one pure function that folds the tape. It is total: an event that
 * does not fit the scene (a step of a build that is not there) changes nothing but the position.
 */
import type { AnyEvent } from "../events/generated";
import * as builds from "./builds";
import * as containers from "./containers";
import * as images from "./images";
import * as notices from "./notices";
import * as transfers from "./transfers";
import type { Scene } from "./types";

export function emptyScene(): Scene {
  return {
    seq: 0,
    atMs: 0,
    engine: null,
    limits: {},
    builds: [],
    layers: {},
    images: [],
    containers: [],
    execs: {},
    measures: {},
    transfers: [],
    registry: [],
    notices: [],
    engineLost: false,
  };
}

/** The scene after the event. Parts that the event does not touch keep their identity. */
export function reduce(scene: Scene, event: AnyEvent): Scene {
  const next = apply(scene, event);
  return {
    ...next,
    seq: Math.max(scene.seq, event.seq),
    atMs: Math.max(scene.atMs, event.at_ms),
  };
}

/** The scene after all of them, in their order. */
export function fold(events: Iterable<AnyEvent>, from: Scene = emptyScene()): Scene {
  let scene = from;
  for (const event of events) scene = reduce(scene, event);
  return scene;
}

// One case an event type: long, and flat, because a new type must fail to compile here.
function apply(scene: Scene, event: AnyEvent): Scene {
  switch (event.type) {
    case "lab.opened":
      return { ...scene, engine: event.engine, limits: event.limits };
    case "build.queued":
      return builds.queued(scene, event);
    case "build.started":
      return builds.started(scene, event);
    case "build.planned":
      return builds.planned(scene, event);
    case "step.started":
      return builds.stepStarted(scene, event);
    case "step.cached":
      return builds.stepCached(scene, event);
    case "step.output":
      return builds.stepOutput(scene, event);
    case "step.finished":
      return builds.stepFinished(scene, event);
    case "step.failed":
      return builds.stepFailed(scene, event);
    case "layer.created":
      return builds.layerCreated(scene, event);
    case "config.changed":
      return builds.configChanged(scene, event);
    case "image.built":
      return images.built(builds.ended(scene, event), event);
    case "step.entered":
      return images.entered(scene, event);
    case "build.failed":
    case "build.cancelled":
      return builds.ended(scene, event);
    case "image.tagged":
      return images.tagged(scene, event);
    case "image.untagged":
      return images.untagged(scene, event);
    case "image.removed":
      return images.removed(scene, event);
    case "image.committed":
      return images.committed(scene, event);
    case "transfer.started":
      return transfers.started(scene, event);
    case "transfer.progressed":
      return transfers.progressed(scene, event);
    case "image.pushed":
      return transfers.pushed(scene, event);
    case "image.pulled":
      return images.pulled(transfers.pulled(scene, event), event);
    case "transfer.failed":
      return transfers.failed(scene, event);
    case "container.created":
      return containers.created(scene, event);
    case "container.started":
      return containers.started(scene, event);
    case "container.output":
      return containers.wrote(scene, event);
    case "container.changed":
      return containers.changed(scene, event);
    case "container.measured":
      return containers.measured(scene, event);
    case "container.paused":
      return containers.paused(scene, event);
    case "container.resumed":
      return containers.resumed(scene, event);
    case "container.renamed":
      return containers.renamed(scene, event);
    case "container.exited":
      return containers.exited(scene, event);
    case "container.removed":
      return containers.removed(scene, event);
    case "exec.started":
      return containers.execStarted(scene, event);
    case "exec.output":
      return containers.execOutput(scene, event);
    case "exec.exited":
      return containers.execExited(scene, event);
    case "limit.reached":
      return notices.limitReached(scene, event);
    case "output.truncated":
      return notices.outputTruncated(scene, event);
    case "engine.lost":
      return notices.engineLost(scene, event);
    case "engine.restored":
      return notices.engineRestored(scene, event);
    default:
      return unknown(scene, event);
  }
}

/** A newer site may say what this page does not know yet; `never` makes our own union exhaustive. */
function unknown(scene: Scene, _event: never): Scene {
  return scene;
}

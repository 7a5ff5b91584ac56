/** The tape in words: one plain sentence for every event, with names instead of ids. */
import type {
  AnyEvent,
  BuildPlanned,
  BuildStarted,
  ConfigChanged,
  ContainerChanged,
  ContainerExited,
  ContainerMeasured,
  ContainerStarted,
  ExecExited,
  ExecStarted,
  ImageBuilt,
  LabOpened,
  LayerCreated,
  Stream,
} from "../events/generated";
import { buildOf, containerOf, execOf, stepOf } from "./lookup";
import { limitSentence, truncatedSentence } from "./notices";
import { configValues, configWords, nameOfImage } from "./select";
import {
  imagePulled,
  imagePushed,
  transferFailed,
  transferProgressed,
  transferStarted,
} from "./transfer-sentences";
import type { Scene } from "./types";
import {
  bytes,
  count,
  duration,
  ended,
  excerpt,
  failureWords,
  list,
  memory,
  percent,
  shortId,
  telling,
  visible,
} from "./words";

/** What the event says, given the scene just before it; nothing in it acts on a screen. */
export function sentence(event: AnyEvent, before: Scene): string {
  return visible(say(event, before));
}

// One case an event type: long, and flat, because a new type must fail to compile here.
function say(event: AnyEvent, before: Scene): string {
  const container = (id: string): string => containerName(before, id);
  const image = (digest: string): string => nameOfImage(before, digest);
  switch (event.type) {
    case "lab.opened":
      return opened(event);
    case "build.queued":
      return event.position === 1
        ? `Build ${event.build} waits for its turn; it is the next.`
        : `Build ${event.build} waits for its turn, as number ${event.position} of the queue.`;
    case "build.started":
      return buildStarted(event);
    case "build.planned":
      return planned(event);
    case "step.started":
      return `Step ${event.step} began to run${stepText(before, event)}`;
    case "step.cached":
      return `Step ${event.step} came from the cache${stepText(before, event)}`;
    case "step.output":
      return printed(`Step ${event.step}`, event.stream, event.text);
    case "step.finished":
      return `Step ${event.step} was done after ${duration(event.duration_ms)}.`;
    case "step.failed": {
      const code = event.exit_code === null ? "" : ` with exit code ${event.exit_code}`;
      return `Step ${event.step} failed${code}: ${ended(failureWords(event))}`;
    }
    case "layer.created":
      return layerCreated(event, before);
    case "config.changed":
      return configChanged(event, before);
    case "image.built":
      return imageBuilt(event);
    case "step.entered":
      return (
        `Step ${event.step} of build ${event.build} was entered: the image as it was after that ` +
        `step, with ${count(event.layers.length, "layer")} (${bytes(event.size)}), to look around in.`
      );
    case "build.failed":
      return `Build ${event.build} failed: ${ended(failureWords(event))}`;
    case "build.cancelled":
      return `Build ${event.build} was called off: ${ended(excerpt(event.reason, 200))}`;
    case "image.tagged":
      return `The tag ${event.tag} now points at image ${shortId(event.image)}.`;
    case "image.untagged":
      return `The tag ${event.tag} no longer points at image ${shortId(event.image)}.`;
    case "image.removed":
      return `Image ${image(event.image)} was removed.`;
    case "image.committed": {
      const name = event.tags[0] ?? shortId(event.image);
      return (
        `The writable layer of container ${container(event.container)} (${bytes(event.layer_size)}) ` +
        `was committed: it is now the top layer of the new image ${name}.`
      );
    }
    case "transfer.started":
      return transferStarted(event);
    case "transfer.progressed":
      return transferProgressed(event, before);
    case "image.pushed":
      return imagePushed(event, before);
    case "image.pulled":
      return imagePulled(event, before);
    case "transfer.failed":
      return transferFailed(event, before);
    case "container.created":
      return (
        `Container ${event.name} was made from image ${image(event.image)}, ` +
        "with a thin writable layer of its own."
      );
    case "container.started":
      return containerStarted(event, before);
    case "container.output":
      return printed(`Container ${container(event.container)}`, event.stream, event.text);
    case "container.changed":
      return containerChanged(event, before);
    case "container.measured":
      return containerMeasured(event, before);
    case "container.paused":
      return `Container ${container(event.container)} was paused: its processes are frozen.`;
    case "container.resumed":
      return `Container ${container(event.container)} goes on after its pause.`;
    case "container.renamed":
      return `Container ${container(event.container)} is called ${event.name} now.`;
    case "container.exited":
      return containerExited(event, before);
    case "container.removed":
      return containerRemoved(event.container, before);
    case "exec.started":
      return execStarted(event, before);
    case "exec.output":
      return printed(execName(before, event), event.stream, event.text);
    case "exec.exited":
      return execExited(event, before);
    case "limit.reached":
      return limitSentence(before, event);
    case "output.truncated":
      return truncatedSentence(before, event);
    case "engine.lost":
      return `The engine went away. ${ended(event.message)}`.trim();
    case "engine.restored":
      return `The engine is back. ${ended(event.message)}`.trim();
    default:
      return unknown(event);
  }
}

/** True for what is worth reading out as it happens; output and single steps are not. */
export function isMilestone(event: AnyEvent): boolean {
  return MILESTONES.has(event.type);
}

const MILESTONES: ReadonlySet<AnyEvent["type"]> = new Set<AnyEvent["type"]>([
  "build.started",
  "step.failed",
  "step.entered",
  "image.built",
  "build.failed",
  "build.cancelled",
  "image.removed",
  "image.committed",
  "transfer.started",
  "image.pushed",
  "image.pulled",
  "transfer.failed",
  "container.started",
  "container.paused",
  "container.resumed",
  "container.exited",
  "container.removed",
  "limit.reached",
  "engine.lost",
  "engine.restored",
]);

function opened(event: LabOpened): string {
  const { name, version, simulated } = event.engine;
  const how = simulated ? ", which simulates the commands inside containers" : "";
  return `The lab was opened on ${name} ${version}${how}.`;
}

function buildStarted(event: BuildStarted): string {
  const size = event.files.reduce((total, file) => total + file.size, 0);
  const files = `${count(event.files.length, "file")} (${bytes(size)})`;
  const cache = event.no_cache ? ", without the cache" : "";
  return `Build ${event.build} of ${event.tag} began${cache}, with ${files} as its build context.`;
}

function planned(event: BuildPlanned): string {
  const stages = new Set(event.steps.map((step) => step.stage)).size;
  const skipped = event.steps.filter((step) => step.skipped).length;
  const where = stages > 1 ? ` in ${count(stages, "stage")}` : "";
  const left = skipped > 0 ? `; ${skipped} of them ${skipped === 1 ? "is" : "are"} not needed` : "";
  return `The Dockerfile was read: ${count(event.steps.length, "step")}${where}${left}.`;
}

function stepText(scene: Scene, event: { readonly build: number; readonly step: number }): string {
  const build = buildOf(scene, event.build);
  const text = build ? stepOf(build, event.step)?.text : undefined;
  return text ? `: “${excerpt(text, 100)}”` : ".";
}

function layerCreated(event: LayerCreated, before: Scene): string {
  const build = buildOf(before, event.build);
  const base = build ? stepOf(build, event.step)?.makes === "base" : false;
  const size = bytes(event.size);
  if (base) return `The base image brought a layer of ${size}.`;
  if (event.cached) {
    return `Step ${event.step} gave the image a layer of ${size} that was there already.`;
  }
  const parts = [
    event.added > 0 ? `${count(event.added, "path")} added` : "",
    event.modified > 0 ? `${event.modified} modified` : "",
    event.deleted > 0 ? `${event.deleted} deleted` : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) return `Step ${event.step} made a new, empty layer.`;
  return `Step ${event.step} made a new layer of ${size} (${parts.join(", ")}).`;
}

function configChanged(event: ConfigChanged, before: Scene): string {
  const build = buildOf(before, event.build);
  const step = build ? stepOf(build, event.step) : null;
  const values = step ? [`“${step.text}”`] : configValues(event.field, event.value);
  // WORKDIR may do both: set the folder and, by making it, give the image a layer.
  const layer = step?.makes === "config" ? " and made no layer" : "";
  const what = `the image's ${configWords(event.field)} (${event.field})${layer}`;
  if (values.length === 0) return `Step ${event.step} cleared ${what}.`;
  return `Step ${event.step} set ${what}: ${ended(excerpt(list(values), 120))}`;
}

function imageBuilt(event: ImageBuilt): string {
  const name = event.tags[0] ?? shortId(event.image);
  const layers = count(event.layers.length, "layer");
  return `Image ${name} was built in ${duration(event.duration_ms)}: ${layers}, ${bytes(event.size)}.`;
}

function containerStarted(event: ContainerStarted, before: Scene): string {
  const container = containerOf(before, event.container);
  const name = containerName(before, event.container);
  if (container && container.starts > 0) {
    const files = container.changes.length > 0 ? ", with the files that it had" : "";
    return `Container ${name} was started again${files}.`;
  }
  const command = container ? excerpt(container.command.join(" "), 100) : "";
  const runs = command === "" ? "" : `: it runs “${command}”`;
  return `Container ${name} was started${runs}${event.pid === null ? "" : ` as process ${event.pid}`}.`;
}

function containerChanged(event: ContainerChanged, before: Scene): string {
  const name = containerName(before, event.container);
  if (event.changes.length === 0) return `The writable layer of container ${name} is empty.`;
  const named = telling(event.changes).map((change) => `${change.path} ${change.kind}`);
  const number = `${event.truncated ? "more than " : ""}${count(named.length, "change")}`;
  const size = bytes(event.writable_size);
  return `The writable layer of container ${name} holds ${number} (${size}): ${list(named)}.`;
}

function containerMeasured(event: ContainerMeasured, before: Scene): string {
  const name = containerName(before, event.container);
  const most = event.memory_limit === null ? "" : ` of ${memory(event.memory_limit)}`;
  const used = `${memory(event.memory)}${most} of memory`;
  const cpu = `${percent(event.cpu_percent)} of a core`;
  return `Container ${name} uses ${cpu} and ${used}, in ${count(event.pids, "process", "processes")}.`;
}

function containerExited(event: ContainerExited, before: Scene): string {
  const name = `Container ${containerName(before, event.container)}`;
  const code = `exit code ${event.exit_code}`;
  switch (event.reason) {
    case "completed":
      return `${name} came to its end, with ${code}; its files stay.`;
    case "failed":
      return `${name} failed with ${code}; its files stay.`;
    case "stopped":
      return `${name} was stopped, with ${code}; its files stay.`;
    case "killed":
      return `${name} was killed, with ${code}; its files stay.`;
    case "out-of-memory":
      return `${name} used more memory than it may and was ended, with ${code}.`;
    case "timeout":
      return `${name} ran for as long as it may and was ended, with ${code}.`;
    case "lost":
      return `${name} ended because the engine or the site went away; its files stay.`;
    default:
      return `${name} ended with ${code}.`;
  }
}

function containerRemoved(id: string, before: Scene): string {
  const container = containerOf(before, id);
  const name = containerName(before, id);
  if (!container || container.changes.length === 0) return `Container ${name} was removed.`;
  const lost = bytes(container.writableSize);
  const image = nameOfImage(before, container.image);
  return `Container ${name} was removed, and its writable layer (${lost}) with it; image ${image} stays.`;
}

function execStarted(event: ExecStarted, before: Scene): string {
  const name = containerName(before, event.container);
  const command = excerpt(event.command.join(" "), 100);
  return event.terminal
    ? `A shell was opened in container ${name}.`
    : `A command was run in container ${name}: “${command}”`;
}

function execExited(event: ExecExited, before: Scene): string {
  const exec = execOf(before, event.exec);
  const name = containerName(before, event.container);
  if (exec?.terminal) return `The shell in container ${name} was closed.`;
  const command = excerpt(exec?.command.join(" ") ?? "", 100);
  const what = command === "" ? "A command" : `The command “${command}”`;
  return `${what} in container ${name} ended with exit code ${event.exit_code}.`;
}

function execName(
  scene: Scene,
  event: { readonly container: string; readonly exec: string },
): string {
  const what = execOf(scene, event.exec)?.terminal ? "The shell" : "A command";
  return `${what} in container ${containerName(scene, event.container)}`;
}

function containerName(scene: Scene, id: string): string {
  return containerOf(scene, id)?.name ?? shortId(id);
}

function printed(who: string, stream: Stream, text: string): string {
  const said = excerpt(text, 100);
  const where = stream === "stderr" ? " as an error" : "";
  return said === "" ? `${who} printed blank lines${where}.` : `${who} printed${where}: “${said}”`;
}

/** A newer site may say what this page does not know yet; `never` makes our own union exhaustive. */
function unknown(event: never): string {
  return `Something happened that this page does not know: ${(event as { type: string }).type}.`;
}

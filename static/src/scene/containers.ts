/** What events about containers and the processes in them do to the scene. */
import type {
  ContainerChanged,
  ContainerCreated,
  ContainerExited,
  ContainerMeasured,
  ContainerOutput,
  ContainerPaused,
  ContainerRemoved,
  ContainerRenamed,
  ContainerResumed,
  ContainerStarted,
  ExecExited,
  ExecOutput,
  ExecStarted,
} from "../events/generated";
import { change, containerOf, execOf } from "./lookup";
import { append, NO_OUTPUT } from "./output";
import type { Container, Exec, Measure, Scene } from "./types";

/** Execs kept; beyond it the oldest that has ended is forgotten. */
export const MOST_EXECS = 100;

export function created(scene: Scene, event: ContainerCreated): Scene {
  if (containerOf(scene, event.container)) return scene;
  const container: Container = {
    id: event.container,
    name: event.name,
    image: event.image,
    command: event.command,
    hostname: event.hostname,
    state: "created",
    pid: null,
    ip: null,
    exitCode: null,
    exitReason: null,
    output: NO_OUTPUT,
    changes: [],
    changesTruncated: false,
    writableSize: 0,
    starts: 0,
    seq: event.seq,
  };
  return { ...scene, containers: [...scene.containers, container] };
}

export function started(scene: Scene, event: ContainerStarted): Scene {
  return onContainer(scene, event.container, (container) => ({
    ...container,
    state: "running",
    pid: event.pid,
    ip: event.ip,
    exitCode: null,
    exitReason: null,
    starts: container.starts + 1,
  }));
}

export function wrote(scene: Scene, event: ContainerOutput): Scene {
  return onContainer(scene, event.container, (container) => ({
    ...container,
    output: append(container.output, event.seq, event.stream, event.text),
  }));
}

export function changed(scene: Scene, event: ContainerChanged): Scene {
  return onContainer(scene, event.container, (container) => ({
    ...container,
    changes: event.changes,
    changesTruncated: event.truncated,
    writableSize: event.writable_size,
  }));
}

export function measured(scene: Scene, event: ContainerMeasured): Scene {
  const state = containerOf(scene, event.container)?.state;
  if (state !== "running" && state !== "paused") return scene;
  const measure: Measure = {
    cpuPercent: event.cpu_percent,
    memory: event.memory,
    memoryLimit: event.memory_limit,
    pids: event.pids,
  };
  return { ...scene, measures: { ...scene.measures, [event.container]: measure } };
}

export function paused(scene: Scene, event: ContainerPaused): Scene {
  return onContainer(scene, event.container, (container) =>
    container.state === "running" ? { ...container, state: "paused" } : container,
  );
}

export function resumed(scene: Scene, event: ContainerResumed): Scene {
  return onContainer(scene, event.container, (container) =>
    container.state === "paused" ? { ...container, state: "running" } : container,
  );
}

export function renamed(scene: Scene, event: ContainerRenamed): Scene {
  return onContainer(scene, event.container, (container) => ({ ...container, name: event.name }));
}

export function exited(scene: Scene, event: ContainerExited): Scene {
  return onContainer(unmeasured(scene, event.container), event.container, (container) => ({
    ...container,
    state: "exited",
    pid: null,
    ip: null,
    exitCode: event.exit_code,
    exitReason: event.reason,
  }));
}

export function removed(scene: Scene, event: ContainerRemoved): Scene {
  const containers = scene.containers.filter((each) => each.id !== event.container);
  if (containers.length === scene.containers.length) return scene;
  const kept = Object.entries(scene.execs).filter(([, exec]) => exec.container !== event.container);
  return { ...unmeasured(scene, event.container), containers, execs: Object.fromEntries(kept) };
}

/** Without the container's measure: nothing runs in it any more. */
function unmeasured(scene: Scene, id: string): Scene {
  if (!Object.hasOwn(scene.measures, id)) return scene;
  const measures = Object.entries(scene.measures).filter(([container]) => container !== id);
  return { ...scene, measures: Object.fromEntries(measures) };
}

export function execStarted(scene: Scene, event: ExecStarted): Scene {
  if (!containerOf(scene, event.container) || execOf(scene, event.exec)) return scene;
  const exec: Exec = {
    exec: event.exec,
    container: event.container,
    command: event.command,
    terminal: event.terminal,
    output: NO_OUTPUT,
    exitCode: null,
    seq: event.seq,
  };
  return { ...scene, execs: bounded({ ...scene.execs, [event.exec]: exec }) };
}

export function execOutput(scene: Scene, event: ExecOutput): Scene {
  return onExec(scene, event.exec, (exec) => ({
    ...exec,
    output: append(exec.output, event.seq, event.stream, event.text),
  }));
}

export function execExited(scene: Scene, event: ExecExited): Scene {
  return onExec(scene, event.exec, (exec) => ({ ...exec, exitCode: event.exit_code }));
}

/** The container changed by `how`; the same scene when there is no such container. */
export function onContainer(
  scene: Scene,
  id: string,
  how: (container: Container) => Container,
): Scene {
  const containers = change(scene.containers, (each) => each.id === id, how);
  return containers === scene.containers ? scene : { ...scene, containers };
}

/** The exec changed by `how`; the same scene when there is no such exec. */
export function onExec(scene: Scene, id: string, how: (exec: Exec) => Exec): Scene {
  const exec = execOf(scene, id);
  return exec ? { ...scene, execs: { ...scene.execs, [id]: how(exec) } } : scene;
}

function bounded(execs: Readonly<Record<string, Exec>>): Readonly<Record<string, Exec>> {
  const all = Object.values(execs);
  if (all.length <= MOST_EXECS) return execs;
  const oldestFirst = all.toSorted((a, b) => a.seq - b.seq);
  const gone = oldestFirst.find((exec) => exec.exitCode !== null) ?? oldestFirst[0];
  return Object.fromEntries(Object.entries(execs).filter(([, exec]) => exec !== gone));
}

/** Short tapes for the stage's tests and story: a writer of events, and the lab of a whole story. */
import type { AnyEvent, EngineInfo, FileChange, PlannedStep } from "@/events/generated";
import { emptyScene, reduce } from "@/scene/reduce";
import type { Scene } from "@/scene/types";

/** An event without what the journal fills in. */
type Fact<T = AnyEvent> = T extends AnyEvent ? Omit<T, "v" | "seq" | "at_ms"> : never;

export function digest(seed: string): string {
  return `sha256:${hex(seed)}`;
}

export function hex(seed: string): string {
  let text = "";
  for (let index = 0; text.length < 64; index += 1) {
    let hash = 2166136261;
    for (const char of `${seed}/${index}`) {
      hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
    }
    text += hash.toString(16).padStart(8, "0");
  }
  return text.slice(0, 64);
}

const EMBEDDED: EngineInfo = {
  kind: "embedded",
  name: "Embedded engine",
  version: "0.1",
  simulated: true,
};
export const DOCKER: EngineInfo = {
  kind: "docker",
  name: "Docker Engine",
  version: "20.10.24",
  simulated: false,
};

/** Steps from Dockerfile lines; a new FROM begins a stage, `--from=NAME` needs that stage. */
export function plan(lines: readonly string[], skip: readonly number[] = []): PlannedStep[] {
  const steps: PlannedStep[] = [];
  const ends = new Map<string, number>();
  let stage = -1;
  let name: string | null = null;
  lines.forEach((text, index) => {
    const step = index + 1;
    const instruction = text.split(" ")[0] ?? "";
    const needs: number[] = [];
    if (instruction === "FROM") {
      stage += 1;
      const [, base = "", , as] = text.split(" ");
      name = as ?? null;
      if (ends.has(base)) needs.push(ends.get(base) ?? 0);
    } else {
      needs.push(step - 1);
    }
    const from = /--from=(\S+)/.exec(text)?.[1];
    if (from && ends.has(from)) needs.push(ends.get(from) ?? 0);
    if (name) ends.set(name, step);
    steps.push({
      step,
      stage,
      stage_name: name,
      instruction,
      text,
      line_start: step,
      line_end: step,
      makes: makes(instruction),
      needs,
      reads: instruction === "COPY" && !from ? ["app.py"] : [],
      skipped: skip.includes(stage),
    });
  });
  return steps;
}

function makes(instruction: string): PlannedStep["makes"] {
  if (instruction === "FROM") return "base";
  return ["RUN", "COPY", "ADD", "WORKDIR"].includes(instruction) ? "layer" : "config";
}

export class Tape {
  readonly events: AnyEvent[] = [];

  add(fact: Fact): this {
    const seq = this.events.length + 1;
    this.events.push({ v: 1, seq, at_ms: seq * 180, ...fact } as AnyEvent);
    return this;
  }

  open(engine = EMBEDDED): this {
    return this.add({
      type: "lab.opened",
      engine,
      limits: { containers: 12 },
    });
  }

  start(build: number, steps: PlannedStep[], tag = "my-app:latest"): this {
    return this.add({
      type: "build.started",
      build,
      tag,
      dockerfile: steps.map((step) => step.text).join("\n"),
      files: [{ path: "app.py", size: 120, sha256: hex("app") }],
      args: {},
      target: null,
      no_cache: false,
    }).add({ type: "build.planned", build, steps });
  }

  /** A step that runs and is done; `seed` names its layer's content. */
  step(build: number, step: PlannedStep, seed: string, size: number, cached = false): this {
    if (cached) this.add({ type: "step.cached", build, step: step.step });
    else this.add({ type: "step.started", build, step: step.step });
    if (step.makes !== "config") {
      const layer = digest(seed);
      this.add({
        type: "layer.created",
        build,
        step: step.step,
        layer,
        size,
        added: 3,
        modified: 0,
        deleted: 0,
        cached,
      });
    } else {
      this.add({ type: "config.changed", build, step: step.step, ...configOf(step) });
    }
    return cached
      ? this
      : this.add({ type: "step.finished", build, step: step.step, duration_ms: 120 });
  }

  built(build: number, image: string, layers: string[], size: number, tag = "my-app:latest"): this {
    return this.add({
      type: "image.built",
      build,
      image: digest(image),
      tags: [tag],
      layers: layers.map(digest),
      size,
      config: {
        Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "GREETING=hello"],
        Cmd: ["python3", "app.py"],
        WorkingDir: "/app",
        ExposedPorts: { "8000/tcp": {} },
      },
      duration_ms: 840,
    });
  }

  container(name: string, image: string): this {
    const container = hex(name);
    return this.add({
      type: "container.created",
      container,
      name,
      image: digest(image),
      command: ["python3", "app.py"],
      hostname: container.slice(0, 12),
    }).add({ type: "container.started", container, pid: this.events.length + 20, ip: null });
  }

  changed(name: string, changes: FileChange[]): this {
    const writable_size = changes.reduce((sum, change) => sum + change.size, 0);
    const container = hex(name);
    return this.add({
      type: "container.changed",
      container,
      changes,
      writable_size,
      truncated: false,
    });
  }

  uses(name: string, cpu_percent: number, memory = 12 * 1024 ** 2): this {
    const limits = { memory_limit: 64 * 1024 ** 2, pids: 2 };
    return this.add({
      type: "container.measured",
      container: hex(name),
      cpu_percent,
      memory,
      ...limits,
    });
  }

  exited(name: string, exit_code: number, reason: "completed" | "failed" | "stopped"): this {
    return this.add({ type: "container.exited", container: hex(name), exit_code, reason });
  }
}

function configOf(step: PlannedStep): { field: string; value: unknown } {
  const rest = step.text.slice(step.instruction.length + 1);
  switch (step.instruction) {
    case "ENV":
      return { field: "Env", value: ["PATH=/usr/local/bin:/usr/bin:/bin", rest] };
    case "EXPOSE":
      return { field: "ExposedPorts", value: { [`${rest}/tcp`]: {} } };
    default:
      return { field: "Cmd", value: ["python3", "app.py"] };
  }
}

export function scenesOf(events: readonly AnyEvent[]): Scene[] {
  let scene = emptyScene();
  return events.map((event) => (scene = reduce(scene, event)));
}

export function lastScene(tape: Tape): Scene {
  return tape.events.reduce(reduce, emptyScene());
}

export const LINES = [
  "FROM python:3.12-slim",
  "WORKDIR /app",
  "ENV GREETING=hello",
  "COPY requirements.txt .",
  "RUN python3 -m compileall /app",
  "COPY app.py .",
  "EXPOSE 8000",
  'CMD ["python3", "app.py"]',
];

const SEEDS = ["base", "workdir", "", "requirements", "compiled", "app"];
const SIZES = [12_400_000, 0, 0, 64, 18_432, 420];

/** A build of LINES as far as `upTo` steps. */
export function buildTape(upTo = LINES.length, tape = new Tape().open()): Tape {
  const steps = plan(LINES);
  tape.start(1, steps);
  steps.slice(0, upTo).forEach((step, i) => tape.step(1, step, SEEDS[i] ?? "", SIZES[i] ?? 0));
  return upTo < LINES.length
    ? tape
    : tape.built(1, "image-1", ["base", "workdir", "requirements", "compiled", "app"], 12_418_916);
}

/** The image of LINES with so many containers, some of them changed, stopped or failed. */
export function containersTape(count: number): Tape {
  const tape = buildTape();
  const names = ["brave_otter", "calm_heron", "quick_lynx", "sunny_ibex", "wise_crane", "keen_fox"];
  for (let index = 0; index < count; index += 1) {
    tape.container(names[index] ?? `container_${index + 1}`, "image-1");
  }
  if (count > 0) {
    tape.changed("brave_otter", [
      { path: "/app", kind: "modified", size: 0 },
      { path: "/app/app.py", kind: "modified", size: 448 },
      { path: "/app/notes.txt", kind: "added", size: 24 },
      { path: "/etc/motd", kind: "deleted", size: 0 },
    ]);
  }
  if (count > 1) tape.exited("calm_heron", 0, "stopped");
  if (count > 2) {
    tape.changed("quick_lynx", [{ path: "/tmp/cache.bin", kind: "added", size: 1_048_576 }]);
  }
  if (count > 3) tape.exited("sunny_ibex", 1, "failed");
  if (count > 5) tape.add({ type: "container.paused", container: hex("keen_fox") });
  return tape;
}

/** Two containers that run on an engine that measures, each measured twice. */
export function measuredTape(): Tape {
  const tape = new Tape().open(DOCKER);
  buildTape(LINES.length, tape).container("brave_otter", "image-1");
  tape.container("calm_heron", "image-1");
  tape.uses("brave_otter", 3).uses("calm_heron", 5).uses("brave_otter", 9);
  return tape.uses("calm_heron", 7);
}

/** A build whose RUN fails, with a diagnosis. */
export function failingTape(): Tape {
  const steps = plan(LINES);
  const tape = buildTape(4);
  return tape
    .add({ type: "step.started", build: 1, step: 5 })
    .add({
      type: "step.output",
      build: 1,
      step: 5,
      stream: "stderr",
      text: "sh: pip: command not found\n",
    })
    .add({
      type: "step.failed",
      build: 1,
      step: 5,
      message: `process "/bin/sh -c ${steps[4]?.text.slice(4)}" did not complete successfully: exit code: 127`,
      exit_code: 127,
      diagnosis: {
        code: "command-not-found",
        severity: "error",
        title: "The command was not found in the image.",
        why: "RUN can only use programs that an earlier layer holds, and none of them holds this one.",
        try: "Check the spelling, or choose a base image that has it.",
        line: 5,
        line_end: 5,
        fix: null,
      },
    })
    .add({ type: "build.failed", build: 1, message: "step 5 failed", diagnosis: null });
}

export const STAGES = [
  "FROM golang:1.23 AS builder",
  "WORKDIR /src",
  "COPY . .",
  "RUN go build -o /out/server .",
  "FROM node:22 AS assets",
  "RUN npm run build",
  "FROM debian:bookworm AS docs",
  "RUN make docs",
  "FROM alpine:3.20",
  "COPY --from=builder /out/server /usr/local/bin/server",
  "COPY --from=assets /srv/dist /srv/www",
  'CMD ["server"]',
];

/** A multi-stage build, of which one stage is not needed; `done` steps of it are done. */
export function stagesTape(done = STAGES.length): Tape {
  const steps = plan(STAGES, [2]);
  const tape = new Tape().open().start(1, steps, "server:1.0");
  const order = steps.filter((step) => !step.skipped);
  order.forEach((step, index) => {
    if (index < done) tape.step(1, step, `stage-${step.step}`, 900_000 * (13 - step.step));
    else if (index === done) tape.add({ type: "step.started", build: 1, step: step.step });
  });
  if (done < order.length) return tape;
  const layers = ["stage-9", "stage-10", "stage-11"];
  return tape.built(1, "server", layers, 8_100_000, "server:1.0");
}

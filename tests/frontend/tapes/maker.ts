/** Makes tapes as an engine would: typed, numbered without gaps, with times that only grow. */
import { createHash } from "node:crypto";

import type {
  AnyEvent,
  ContainerMeasured,
  Diagnosis,
  EngineInfo,
  FileChange,
  FileEntry,
  PlannedStep,
} from "@/events/generated";

/** An event without its envelope. */
export type Fact = AnyEvent extends infer E
  ? E extends AnyEvent
    ? Omit<E, "v" | "seq" | "at_ms">
    : never
  : never;

export const hex = (label: string): string => createHash("sha256").update(label).digest("hex");
export const digest = (label: string): string => `sha256:${hex(label)}`;
export const execId = (label: string): string => hex(label).slice(0, 32);

export const file = (path: string, content: string): FileEntry => ({
  path,
  size: Buffer.byteLength(content),
  sha256: hex(content),
});

/** What a step of a build does, besides what the plan says of it. */
export interface Work {
  readonly text: string;
  readonly stage?: number;
  readonly stageName?: string;
  readonly makes: PlannedStep["makes"];
  /** Steps of other stages that it takes from. */
  readonly from?: readonly number[];
  readonly reads?: readonly string[];
  readonly skipped?: boolean;
  readonly layers?: readonly { readonly digest: string; readonly size: number }[];
  readonly config?: { readonly field: string; readonly value: unknown };
  readonly cached?: boolean;
  readonly output?: readonly string[];
  readonly ms?: number;
  readonly fails?: { message: string; exitCode: number | null; diagnosis: Diagnosis | null };
}

export interface BuildOrder {
  readonly build: number;
  readonly tag?: string;
  readonly files: readonly FileEntry[];
  readonly work: readonly Work[];
  readonly args?: Record<string, string>;
  readonly noCache?: boolean;
  readonly target?: string;
  readonly config?: Record<string, unknown>;
  /** Layers of the image; those of the last stage's steps if not given. */
  readonly layers?: readonly string[];
  readonly cancelAfterStep?: number;
}

export const ENGINE: EngineInfo = {
  kind: "embedded",
  name: "Embedded engine",
  version: "0.1",
  simulated: true,
};

export class TapeMaker {
  readonly events: AnyEvent[] = [];
  #atMs = 0;

  add(fact: Fact, afterMs = 8): this {
    this.#atMs += afterMs;
    const seq = this.events.length + 1;
    this.events.push({ v: 1, seq, at_ms: this.#atMs, ...fact } as AnyEvent);
    return this;
  }

  get last(): AnyEvent {
    const last = this.events.at(-1);
    if (!last) throw new Error("the tape is empty");
    return last;
  }

  wait(ms: number): this {
    this.#atMs += ms;
    return this;
  }

  open(engine = ENGINE): this {
    return this.add(
      {
        type: "lab.opened",
        engine,
        limits: { containers: 12, step_seconds: 60, output_bytes: 262144, disk_bytes: 33554432 },
      },
      0,
    );
  }

  /** A build from its start to its end; the image's digest, or null when there is none. */
  build(order: BuildOrder): string | null {
    const { build, work } = order;
    const tag = order.tag ?? "my-app:latest";
    const begun = this.#atMs;
    this.add({
      type: "build.started",
      build,
      tag,
      dockerfile: work.map((each) => each.text).join("\n"),
      files: [...order.files],
      args: order.args ?? {},
      target: order.target ?? null,
      no_cache: order.noCache ?? false,
    });
    this.add({ type: "build.planned", build, steps: plan(work) });
    for (const [index, each] of work.entries()) {
      if (each.skipped) continue;
      if (!this.#step(build, index + 1, each)) return null;
      if (order.cancelAfterStep === index + 1) {
        this.add({ type: "build.cancelled", build, reason: "it was called off" });
        return null;
      }
    }
    return this.#built(order, tag, this.#atMs - begun);
  }

  container(name: string, image: string, command = ["python", "app.py"]): string {
    const id = hex(`container ${name}`);
    const hostname = id.slice(0, 12);
    this.add({ type: "container.created", container: id, name, image, command, hostname }, 400);
    this.add({ type: "container.started", container: id, pid: 1, ip: null });
    return id;
  }

  says(container: string, text: string, stream: "stdout" | "stderr" = "stdout"): this {
    return this.add({ type: "container.output", container, stream, text }, 60);
  }

  changes(container: string, changes: FileChange[]): this {
    const size = changes.reduce((total, change) => total + change.size, 0);
    return this.add({
      type: "container.changed",
      container,
      changes,
      writable_size: size,
      truncated: false,
    });
  }

  uses(
    container: string,
    measure: Pick<ContainerMeasured, "cpu_percent" | "memory" | "memory_limit" | "pids">,
  ): this {
    return this.add({ type: "container.measured", container, ...measure }, 2000);
  }

  exit(
    container: string,
    code: number,
    reason: Extract<AnyEvent, { type: "container.exited" }>["reason"],
  ): this {
    return this.add({ type: "container.exited", container, exit_code: code, reason }, 300);
  }

  #step(build: number, step: number, work: Work): boolean {
    if (work.cached) this.add({ type: "step.cached", build, step });
    else this.add({ type: "step.started", build, step });
    for (const text of work.output ?? []) {
      this.add({ type: "step.output", build, step, stream: "stdout", text }, 40);
    }
    if (work.fails) {
      const { message, exitCode: exit_code, diagnosis } = work.fails;
      this.add({ type: "step.failed", build, step, message, exit_code, diagnosis }, 30);
      this.add({ type: "build.failed", build, message, diagnosis });
      return false;
    }
    const cached = work.cached ?? false;
    for (const { digest: layer, size } of work.layers ?? []) {
      const fact = { build, step, layer, size, added: size > 0 ? 1 : 0, modified: 0, deleted: 0 };
      this.add({ type: "layer.created", ...fact, cached });
    }
    if (work.config) this.add({ type: "config.changed", build, step, ...work.config });
    const ms = work.ms ?? 12;
    if (!cached) this.add({ type: "step.finished", build, step, duration_ms: ms }, ms);
    return true;
  }

  #built(order: BuildOrder, tag: string, duration: number): string {
    const { build, work } = order;
    const stage = Math.max(...work.map((each) => each.stage ?? 0));
    const own = work.filter((each) => (each.stage ?? 0) === stage);
    const all = work.flatMap((each) => each.layers ?? []);
    const layers = order.layers ?? own.flatMap((each) => each.layers ?? []).map((l) => l.digest);
    const sizes = new Map(all.map((layer) => [layer.digest, layer.size]));
    const size = layers.reduce((total, layer) => total + (sizes.get(layer) ?? 0), 0);
    const config = order.config ?? {};
    const image = digest(JSON.stringify([layers, config]));
    this.add({
      type: "image.built",
      build,
      image,
      tags: [tag],
      layers: [...layers],
      size,
      config,
      duration_ms: duration,
    });
    return image;
  }
}

function plan(work: readonly Work[]): PlannedStep[] {
  return work.map((each, index) => {
    const stage = each.stage ?? 0;
    const before = work.findLastIndex((one, at) => at < index && (one.stage ?? 0) === stage);
    const needs = [...(before === -1 ? [] : [before + 1]), ...(each.from ?? [])];
    return {
      step: index + 1,
      stage,
      stage_name: each.stageName ?? null,
      instruction: each.text.split(" ")[0] ?? "",
      text: each.text,
      line_start: index + 1,
      line_end: index + 1,
      makes: each.makes,
      needs: needs.sort((a, b) => a - b),
      reads: [...(each.reads ?? [])].sort(),
      skipped: each.skipped ?? false,
    };
  });
}

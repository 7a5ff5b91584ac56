/**
 * The border: JSON from outside becomes an event, or is marked as one that says nothing. Behind it
 * the types hold, so that neither the reducer nor a view has to distrust a field.
 */
import type { AnyEvent } from "../events/generated";

type Check = (value: unknown) => boolean;
type Fields<T> = { readonly [K in Exclude<keyof T, "v" | "seq" | "at_ms" | "type">]-?: Check };
type Shapes = { readonly [T in AnyEvent["type"]]: Fields<Extract<AnyEvent, { type: T }>> };

const text: Check = (value) => typeof value === "string";
const number: Check = (value) => Number.isFinite(value);
const flag: Check = (value) => typeof value === "boolean";
const anything: Check = () => true;
const record: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const many =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const mapOf =
  (check: Check): Check =>
  (value) =>
    record(value) && Object.values(value as object).every(check);
const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    record(value) &&
    Object.entries(fields).every(([key, check]) => check((value as Record<string, unknown>)[key]));

const texts = many(text);
const file = shape({ path: text, size: number, sha256: text });
const fileChange = shape({ path: text, kind: text, size: number });
const fix = shape({ title: text, line_start: number, line_end: number, text });
const diagnosis = shape({
  code: text,
  severity: text,
  title: text,
  why: text,
  try: text,
  line: maybe(number),
  line_end: maybe(number),
  fix: maybe(fix),
});
const step = shape({
  step: number,
  stage: number,
  stage_name: maybe(text),
  instruction: text,
  text,
  line_start: number,
  line_end: number,
  makes: text,
  needs: many(number),
  reads: texts,
  skipped: flag,
});
const engine = shape({ kind: text, name: text, version: text, simulated: flag });
const imageLayer = shape({
  layer: text,
  size: number,
  added: number,
  modified: number,
  deleted: number,
});

const ofStep = { build: number, step: number };
const image = { image: text, tags: texts, layers: texts, size: number, config: record };
const container = { container: text };
const exec = { container: text, exec: text };
const output = { stream: text, text };
const limit = { what: text, limit: number, subject: text };

const SHAPES: Shapes = {
  "lab.opened": { engine, limits: mapOf(number) },
  "build.queued": { build: number, position: number },
  "build.started": {
    build: number,
    tag: text,
    dockerfile: text,
    files: many(file),
    args: mapOf(text),
    target: maybe(text),
    no_cache: flag,
  },
  "build.planned": { build: number, steps: many(step) },
  "step.started": ofStep,
  "step.cached": ofStep,
  "step.output": { ...ofStep, ...output },
  "step.finished": { ...ofStep, duration_ms: number },
  "step.failed": {
    ...ofStep,
    message: text,
    exit_code: maybe(number),
    diagnosis: maybe(diagnosis),
  },
  "layer.created": {
    ...ofStep,
    layer: text,
    size: number,
    added: number,
    modified: number,
    deleted: number,
    cached: flag,
  },
  "config.changed": { ...ofStep, field: text, value: anything },
  "image.built": { build: number, ...image, duration_ms: number },
  "step.entered": {
    ...ofStep,
    image: text,
    layers: many(imageLayer),
    size: number,
    config: record,
  },
  "build.failed": { build: number, message: text, diagnosis: maybe(diagnosis) },
  "build.cancelled": { build: number, reason: text },
  "image.tagged": { image: text, tag: text },
  "image.untagged": { image: text, tag: text },
  "image.removed": { image: text },
  "image.committed": { ...image, container: text, layer: text, layer_size: number },
  "transfer.started": { transfer: number, direction: text, reference: text },
  "transfer.progressed": {
    transfer: number,
    blob: text,
    layer: maybe(text),
    state: text,
    current: number,
    total: maybe(number),
  },
  "image.pushed": { transfer: number, image: text, reference: text, digest: text, size: number },
  "image.pulled": {
    transfer: number,
    ...image,
    reference: text,
    digest: text,
    layers: many(imageLayer),
  },
  "transfer.failed": { transfer: number, message: text, diagnosis: maybe(diagnosis) },
  "container.created": { container: text, name: text, image: text, command: texts, hostname: text },
  "container.started": { container: text, pid: maybe(number), ip: maybe(text) },
  "container.output": { ...container, ...output },
  "container.changed": {
    container: text,
    changes: many(fileChange),
    writable_size: number,
    truncated: flag,
  },
  "container.measured": {
    container: text,
    cpu_percent: number,
    memory: number,
    memory_limit: maybe(number),
    pids: number,
  },
  "container.paused": container,
  "container.resumed": container,
  "container.renamed": { container: text, name: text },
  "container.exited": { container: text, exit_code: number, reason: text },
  "container.removed": container,
  "exec.started": { ...exec, command: texts, terminal: flag },
  "exec.output": { ...exec, ...output },
  "exec.exited": { ...exec, exit_code: number },
  "limit.reached": limit,
  "output.truncated": limit,
  "engine.lost": { message: text },
  "engine.restored": { message: text },
};

/**
 * The event, or null for what has no place on a tape. One that is not as the vocabulary says keeps
 * its place (the tape has no gaps) under a type that everyone passes over.
 */
export function decodeEvent(raw: unknown): AnyEvent | null {
  if (!record(raw)) return null;
  const event = raw as Record<string, unknown>;
  const { type, seq, at_ms: at } = event;
  if (typeof type !== "string" || !Number.isSafeInteger(seq) || (seq as number) < 1) return null;
  const known = Object.hasOwn(SHAPES, type);
  const sound = Number.isFinite(at) && (!known || fits(event, SHAPES[type as keyof Shapes]));
  if (sound) return raw as AnyEvent;
  return { v: 1, seq, at_ms: Number.isFinite(at) ? at : 0, type: "malformed" } as never;
}

function fits(event: Record<string, unknown>, fields: Readonly<Record<string, Check>>): boolean {
  return Object.entries(fields).every(([key, check]) => check(event[key]));
}

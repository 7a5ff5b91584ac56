/** Random tapes: well-typed events of every kind about few subjects, so that they meet each other. */
import fc from "fast-check";

import type { AnyEvent, EventType } from "@/events/generated";

import { digest, ENGINE, execId, hex, type Fact } from "../tapes/maker";

// Names that every JavaScript object answers to must be no one's layer.
const NASTY = ["constructor", "__proto__", "toString", ""];
const build = fc.integer({ min: 1, max: 4 });
const step = fc.integer({ min: 1, max: 5 });
const image = fc.constantFrom(digest("image a"), digest("image b"), ...NASTY);
const layer = fc.constantFrom(digest("1"), digest("2"), digest("3"), ...NASTY);
const container = fc.constantFrom(hex("a"), hex("b"), hex("c"), ...NASTY);
const exec = fc.constantFrom(execId("a"), execId("b"), ...NASTY);
const transfer = fc.integer({ min: 1, max: 3 });
const direction = fc.constantFrom("push" as const, "pull" as const);
const reference = fc.constantFrom(
  "registry.lab/a:1",
  "registry.lab/a:2",
  "registry.lab/b",
  "a",
  "",
);
const tag = fc.constantFrom("a:1", "a:2", "b:1", "");
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.constant("\u001b[31mred"));
const size = fc.oneof(fc.nat(), fc.constant(0), fc.constant(Number.MAX_SAFE_INTEGER));
const message = fc.constantFrom("it did not work", "", "why?");
const stream = fc.constantFrom("stdout" as const, "stderr" as const);
const exitCode = fc.integer({ min: -1, max: 255 });
const path = fc.constantFrom("/a", "/b/c", "app.py", "", "constructor");
const limit = fc.record({
  what: fc.constantFrom("output_bytes", "step_seconds", "constructor", "new_limit"),
  limit: size,
  subject: fc.oneof(
    build.map((number) => `build:${number}`),
    container.map((id) => `container:${id}`),
    exec.map((id) => `exec:${id}`),
    fc.constantFrom("", ":", "build:", "nothing:here"),
  ),
});
const change = fc.record({
  path,
  kind: fc.constantFrom("added" as const, "modified" as const, "deleted" as const),
  size,
});
const planned = fc.record({
  step,
  stage: fc.nat({ max: 2 }),
  stage_name: fc.option(fc.constantFrom("builder", "")),
  instruction: fc.constantFrom("FROM", "RUN", "COPY", "ENV", "ARG", "ODD"),
  text: fc.constantFrom("FROM a", "RUN b", "COPY app.py .", "ARG X", "RUN echo $X", ""),
  line_start: step,
  line_end: step,
  makes: fc.constantFrom("base" as const, "layer" as const, "config" as const),
  needs: fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 3 }),
  reads: fc.array(path, { maxLength: 2 }),
  skipped: fc.boolean(),
});
const ofImage = {
  image,
  tags: fc.array(tag, { maxLength: 2 }),
  layers: fc.array(layer, { maxLength: 4 }),
  size,
  config: fc.dictionary(fc.constantFrom("Env", "Cmd", ...NASTY), fc.jsonValue({ maxDepth: 1 })),
};

type Facts = { readonly [T in EventType]: fc.Arbitrary<Omit<Extract<Fact, { type: T }>, "type">> };

/** One of every type: a new type of event does not compile until it is here. */
const FACTS: Facts = {
  "lab.opened": fc.record({ engine: fc.constant(ENGINE), limits: fc.constant({ files: 3 }) }),
  "build.queued": fc.record({ build, position: step }),
  "build.started": fc.record({
    build,
    tag,
    dockerfile: text,
    files: fc.array(fc.record({ path, size, sha256: fc.constantFrom("x", "y") }), { maxLength: 3 }),
    args: fc.dictionary(fc.constantFrom("X", "Y", ...NASTY), fc.constantFrom("1", "2")),
    target: fc.option(text),
    no_cache: fc.boolean(),
  }),
  "build.planned": fc.record({ build, steps: fc.array(planned, { maxLength: 5 }) }),
  "step.started": fc.record({ build, step }),
  "step.cached": fc.record({ build, step }),
  "step.output": fc.record({ build, step, stream, text }),
  "step.finished": fc.record({ build, step, duration_ms: size }),
  "step.failed": fc.record({
    build,
    step,
    message,
    exit_code: fc.option(exitCode),
    diagnosis: fc.constant(null),
  }),
  "layer.created": fc.record({
    build,
    step,
    layer,
    size,
    added: size,
    modified: size,
    deleted: size,
    cached: fc.boolean(),
  }),
  "config.changed": fc.record({
    build,
    step,
    field: fc.constantFrom("Env", "Cmd", ...NASTY),
    value: fc.jsonValue({ maxDepth: 2 }),
  }),
  "image.built": fc.record({ build, ...ofImage, duration_ms: size }),
  "step.entered": fc.record({
    build,
    step,
    image,
    layers: fc.array(fc.record({ layer, size, added: size, modified: size, deleted: size }), {
      maxLength: 4,
    }),
    size,
    config: ofImage.config,
  }),
  "build.failed": fc.record({ build, message, diagnosis: fc.constant(null) }),
  "build.cancelled": fc.record({ build, reason: message }),
  "image.tagged": fc.record({ image, tag }),
  "image.untagged": fc.record({ image, tag }),
  "image.removed": fc.record({ image }),
  "image.committed": fc.record({ ...ofImage, container, layer, layer_size: size }),
  "transfer.started": fc.record({ transfer, direction, reference }),
  "transfer.progressed": fc.record({
    transfer,
    blob: fc.constantFrom("a".repeat(12), "b".repeat(12), ...NASTY),
    layer: fc.option(layer),
    state: fc.constantFrom(
      "waiting" as const,
      "moving" as const,
      "exists" as const,
      "done" as const,
    ),
    current: size,
    total: fc.option(size),
  }),
  "image.pushed": fc.record({ transfer, image, reference, digest: layer, size }),
  "image.pulled": fc.record({
    transfer,
    reference,
    digest: layer,
    ...ofImage,
    layers: fc.array(fc.record({ layer, size, added: size, modified: size, deleted: size }), {
      maxLength: 4,
    }),
  }),
  "transfer.failed": fc.record({ transfer, message, diagnosis: fc.constant(null) }),
  "container.created": fc.record({
    container,
    name: text,
    image,
    command: fc.array(text, { maxLength: 2 }),
    hostname: text,
  }),
  "container.started": fc.record({
    container,
    pid: fc.option(fc.nat()),
    ip: fc.option(fc.ipV4()),
  }),
  "container.output": fc.record({ container, stream, text }),
  "container.changed": fc.record({
    container,
    changes: fc.array(change, { maxLength: 4 }),
    writable_size: size,
    truncated: fc.boolean(),
  }),
  "container.measured": fc.record({
    container,
    cpu_percent: fc.double({ min: 0, max: 800, noNaN: true }),
    memory: size,
    memory_limit: fc.option(size),
    pids: fc.nat(200),
  }),
  "container.paused": fc.record({ container }),
  "container.resumed": fc.record({ container }),
  "container.renamed": fc.record({ container, name: text }),
  "container.exited": fc.record({
    container,
    exit_code: exitCode,
    reason: fc.constantFrom("completed" as const, "failed" as const, "lost" as const),
  }),
  "container.removed": fc.record({ container }),
  "exec.started": fc.record({
    container,
    exec,
    command: fc.array(text, { maxLength: 2 }),
    terminal: fc.boolean(),
  }),
  "exec.output": fc.record({ container, exec, stream, text }),
  "exec.exited": fc.record({ container, exec, exit_code: exitCode }),
  "limit.reached": limit,
  "output.truncated": limit,
  "engine.lost": fc.record({ message }),
  "engine.restored": fc.record({ message }),
};

const fact: fc.Arbitrary<object> = fc.oneof(
  ...Object.entries(FACTS).map(([type, fields]) =>
    (fields as fc.Arbitrary<object>).map((each) => ({ type, ...each })),
  ),
);

/** Events in any order of things, numbered as the journal would. */
export const arbitraryTape: fc.Arbitrary<AnyEvent[]> = fc
  .array(fact, { maxLength: 60, size: "max" })
  .map((facts) => facts.map((each, at) => ({ v: 1, seq: at + 1, at_ms: at, ...each }) as AnyEvent));

/** The golden tape of a lab's registry: pushed, pushed again, removed, pulled, and two failures. */
import type { AnyEvent, BlobState } from "@/events/generated";

import { digest, file, hex, TapeMaker } from "./maker";

export const NAME = "registry.lab/my-app:1.0";
export const MANIFEST = digest("manifest 1");

const BASE = { digest: digest("busybox"), size: 1_982_296 };
const BIG = { digest: digest("big"), size: 20_971_520 };
const SMALL = { digest: digest("small"), size: 2 };
const NEW = { digest: digest("new"), size: 40 };
const LAYERS = [BASE, BIG, SMALL];

const blobOf = (layer: string): string => hex(`blob of ${layer}`).slice(0, 12);

function step(
  tape: TapeMaker,
  transfer: number,
  layer: { digest: string; size: number },
  state: BlobState,
  current = 0,
): void {
  tape.add(
    {
      type: "transfer.progressed",
      transfer,
      blob: blobOf(layer.digest),
      layer: layer.digest,
      state,
      current: state === "done" ? layer.size : current,
      total: state === "moving" || state === "done" ? layer.size : null,
    },
    100,
  );
}

function begin(tape: TapeMaker, transfer: number, direction: "push" | "pull", reference = NAME) {
  tape.add({ type: "transfer.started", transfer, direction, reference }, 900);
}

function pushed(tape: TapeMaker, transfer: number, image: string, manifest: string, size: number) {
  tape.add({
    type: "image.pushed",
    image,
    transfer,
    reference: NAME,
    digest: manifest,
    size,
  });
}

const sum = (layers: readonly { readonly size: number }[]): number =>
  layers.reduce((total, layer) => total + layer.size, 0);

/** A lab with one image that three layers make, called as the registry will know it. */
export function built(): { tape: TapeMaker; image: string } {
  const tape = new TapeMaker().open();
  const image = build(tape, 1);
  tape.add({ type: "image.tagged", image, tag: NAME }, 400);
  return { tape, image };
}

function build(tape: TapeMaker, number: number): string {
  const image = tape.build({
    build: number,
    files: [file("Dockerfile", "…")],
    work: [
      { text: "FROM busybox", makes: "base", layers: [BASE], cached: number > 1 },
      { text: "RUN make big", makes: "layer", layers: [BIG], cached: number > 1 },
      { text: "RUN make small", makes: "layer", layers: [SMALL], cached: number > 1 },
      ...(number > 1 ? [{ text: "RUN make new", makes: "layer" as const, layers: [NEW] }] : []),
    ],
  });
  if (!image) throw new Error("the build makes an image");
  return image;
}

/** The first push as far as it is half done: the base is there already, one layer moves. */
export function halfPushed(): { tape: TapeMaker; image: string } {
  const { tape, image } = built();
  begin(tape, 1, "push");
  for (const layer of LAYERS.toReversed()) step(tape, 1, layer, "waiting");
  step(tape, 1, BASE, "exists");
  step(tape, 1, SMALL, "moving", 2);
  step(tape, 1, SMALL, "done");
  step(tape, 1, BIG, "moving", 5_000_000);
  return { tape, image };
}

export function registry(): AnyEvent[] {
  const { tape, image } = halfPushed();
  step(tape, 1, BIG, "moving", 20_000_000);
  step(tape, 1, BIG, "done");
  pushed(tape, 1, image, MANIFEST, sum(LAYERS));
  const second = build(tape, 2);
  tape.add({ type: "image.tagged", image: second, tag: NAME }, 400);
  begin(tape, 2, "push");
  for (const layer of LAYERS) step(tape, 2, layer, "exists");
  step(tape, 2, NEW, "moving", 40);
  step(tape, 2, NEW, "done");
  pushed(tape, 2, second, digest("manifest 2"), sum([...LAYERS, NEW]));
  removeAndPull(tape, second);
  fail(tape);
  return tape.events;
}

function removeAndPull(tape: TapeMaker, image: string): void {
  for (const tag of [NAME, "my-app:latest"]) tape.add({ type: "image.untagged", image, tag });
  tape.add({ type: "image.removed", image });
  begin(tape, 3, "pull");
  for (const layer of LAYERS) step(tape, 3, layer, "exists");
  step(tape, 3, NEW, "waiting");
  step(tape, 3, NEW, "moving", 40);
  step(tape, 3, NEW, "done");
  tape.add({
    type: "image.pulled",
    image,
    transfer: 3,
    reference: NAME,
    tags: [NAME],
    layers: [...LAYERS, NEW].map((layer) => ({
      layer: layer.digest,
      size: layer.size,
      added: 1,
      modified: 0,
      deleted: 0,
    })),
    size: sum([...LAYERS, NEW]),
    config: {},
    digest: digest("manifest 2"),
  });
}

/** One that is not there, and one that takes too long. */
function fail(tape: TapeMaker): void {
  const title = "The registry has no image `registry.lab/other:1.0`.";
  begin(tape, 4, "pull", "registry.lab/other:1.0");
  tape.add({
    type: "transfer.failed",
    transfer: 4,
    message: title,
    diagnosis: {
      code: "not-in-registry",
      severity: "error",
      title,
      why: "A registry has what was pushed to it, under exactly the name and tag that it was pushed with.",
      try: "Look at the registry’s shelf for the name, or push the image first.",
      line: null,
      line_end: null,
      fix: null,
    },
  });
  begin(tape, 5, "push");
  tape.add(
    { type: "limit.reached", what: "transfer_seconds", limit: 120, subject: "transfer:5" },
    120_000,
  );
  const message = "It took longer than 120 seconds and was stopped.";
  tape.add({ type: "transfer.failed", transfer: 5, message, diagnosis: null });
}

/**
 * What proves what: for each part of a discovery, the test that an event of the tape has to pass.
 * Each looks at facts only, and gives its evidence, or null when this event does not prove it.
 */
import type { FileChange } from "../events/generated";
import type { Evidence } from "./discoveries";
import { disk, stackSize } from "./disk";
import type { Moment } from "./evidence";
import { containerOf, imageOf } from "./lookup";
import { transferWords } from "./registry";
import { containersOf, imageName, nameOfImage } from "./select";
import type { Container, Scene } from "./types";
import { bytes, count, list, shortId, telling } from "./words";

type Proof = (moment: Moment) => readonly Evidence[] | null;

/** By `row.part`, as in `rows.ts`. */
export const PROOFS: Readonly<Record<string, Proof>> = {
  "definition.blueprint": imageBuilt,
  "definition.run": containerOfImage,
  "definition.isolated": isolated,
  "mutability.written": written,
  "mutability.unchanged": unchanged,
  "persistence.kept": kept,
  "persistence.lost": lost,
  "persistence.committed": committed,
  "execution.started": processStarted,
  "execution.ended": processEnded,
  "storage.shared": stackShared,
  "storage.sent": onlyNewSent,
  "command.build": imageBuilt,
  "command.run": containerOfImage,
};

function imageBuilt({ event }: Moment): readonly Evidence[] | null {
  if (event.type !== "image.built") return null;
  const name = event.tags[0] ?? shortId(event.image);
  const text = `Build ${event.build} made the image ${name} (${shortId(event.image)}).`;
  return [{ seq: event.seq, text, place: { kind: "image", id: event.image } }];
}

function containerOfImage({ event, after }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.started") return null;
  const container = containerOf(after, event.container);
  const image = imageOf(after, container?.image ?? null);
  if (!container || !image) return null;
  const text = `Container ${container.name} was started from the image ${imageName(image)}.`;
  return [at(event.seq, container, text)];
}

/** A path that one started container has changed and another of the same image has not. */
function isolated({ event, after }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.changed" && event.type !== "container.started") return null;
  const subject = containerOf(after, event.container);
  if (!subject || !imageOf(after, subject.image)) return null;
  const family = containersOf(after, subject.image).filter((each) => each.starts > 0);
  for (const one of family) {
    for (const other of family) {
      const path = one === other ? undefined : onlyIn(one, other);
      if (path === undefined) continue;
      const text = `${path} is changed in container ${one.name} and not in ${other.name}, of the same image.`;
      return [at(event.seq, one, text)];
    }
  }
  return null;
}

function written({ event, after }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.changed") return null;
  const container = containerOf(after, event.container);
  if (!container || container.changes.length === 0) return null;
  const text = `Container ${container.name} changed ${paths(container.changes)} in its own layer.`;
  return [at(event.seq, container, text)];
}

/** After a write in one of its containers, the same digest is what the next use starts from. */
function unchanged({ event, after, memory }: Moment): readonly Evidence[] | null {
  const digest = usedImage(event, after);
  const write = digest === null ? undefined : memory.written.get(digest);
  const image = imageOf(after, digest);
  if (!write || !image) return null;
  const text = `After that write the image is used again, still ${shortId(image.digest)}.`;
  return [{ seq: event.seq, text, place: { kind: "image", id: image.digest } }];
}

function usedImage(event: Moment["event"], after: Scene): string | null {
  if (event.type === "image.built" || event.type === "container.created") return event.image;
  if (event.type !== "container.started") return null;
  return containerOf(after, event.container)?.image ?? null;
}

function kept({ event, after, memory }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.started") return null;
  const container = containerOf(after, event.container);
  const then = memory.stopped.get(event.container);
  if (!container || !then || container.starts < 2) return null;
  const files = container.changes.filter((change) => then.paths.includes(change.path));
  if (files.length === 0) return null;
  return [
    at(then.seq, container, `Container ${container.name} ended, holding ${paths(files)}.`),
    at(event.seq, container, `Started again, it still holds ${paths(files)}.`),
  ];
}

function lost({ event, before, after }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.removed") return null;
  const container = containerOf(before, event.container);
  const image = imageOf(after, container?.image ?? null);
  if (!container || !image || container.changes.length === 0) return null;
  const what = count(container.changes.length, "change");
  const text = `Container ${container.name} was removed, and ${what} (${bytes(container.writableSize)}) with it; the image ${imageName(image)} is still there.`;
  return [{ seq: event.seq, text, place: { kind: "image", id: image.digest } }];
}

function committed({ event, before }: Moment): readonly Evidence[] | null {
  if (event.type !== "image.committed") return null;
  const container = containerOf(before, event.container);
  if (!container || container.changes.length === 0 || event.image === container.image) return null;
  const name = event.tags[0] ?? shortId(event.image);
  const text = `The ${bytes(event.layer_size)} of container ${container.name} are the top layer of the new image ${name}.`;
  return [{ seq: event.seq, text, place: { kind: "image", id: event.image } }];
}

function processStarted({ event, after }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.started") return null;
  const container = containerOf(after, event.container);
  if (!container) return null;
  const process = event.pid === null ? "a process" : `process ${event.pid}`;
  const text = `Container ${container.name} has the id ${shortId(container.id)} and is ${process}: ${container.command.join(" ")}`;
  return [at(event.seq, container, text)];
}

/** A lost container's exit code was not its own process's, so it proves nothing. */
function processEnded({ event, before }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.exited" || event.reason === "lost") return null;
  const container = containerOf(before, event.container);
  if (!container || container.starts === 0) return null;
  const text = `The process of container ${container.name} ended with exit code ${event.exit_code}.`;
  return [at(event.seq, container, text)];
}

function stackShared({ event, after }: Moment): readonly Evidence[] | null {
  if (event.type !== "container.started") return null;
  const subject = containerOf(after, event.container);
  const image = imageOf(after, subject?.image ?? null);
  if (!subject || !image || image.layers.length === 0) return null;
  const standing = containersOf(after, image.digest).filter((each) => each.starts > 0);
  if (standing.length < 2) return null;
  const stack = stackSize(after, image.digest);
  const thin = standing.reduce((total, each) => total + each.writableSize, 0);
  const { asCopies, total } = disk(after);
  const text =
    `${standing.length} containers stand on the one stack of ${nameOfImage(after, image.digest)}, ` +
    `stored once (${bytes(stack)}), and add ${bytes(thin)} in layers of their own. ` +
    `All of the lab takes ${bytes(total)}; with a full copy each it would be ${bytes(asCopies)}.`;
  return [{ seq: event.seq, text, place: { kind: "image", id: image.digest } }];
}

/** Not the first push: what it finds there already, somebody else may have pushed. */
function onlyNewSent({ event, before }: Moment): readonly Evidence[] | null {
  if (event.type !== "image.pushed" || before.registry.length === 0) return null;
  const transfer = before.transfers.find((each) => each.transfer === event.transfer);
  const states = new Set(transfer?.blobs.map((blob) => blob.state));
  if (!transfer || !states.has("done") || !states.has("exists")) return null;
  const text = `The push of ${event.reference} is done: ${transferWords(transfer)}.`;
  return [{ seq: event.seq, text, place: { kind: "image", id: event.image } }];
}

/** A path that is in the first one's writable layer and not in the other's. */
function onlyIn(one: Container, other: Container): string | undefined {
  // A list that was cut short cannot show that a path is not there.
  if (other.changesTruncated) return undefined;
  const known = new Set(other.changes.map((change) => change.path));
  const only = one.changes.filter((change) => !known.has(change.path));
  return (only.find((change) => change.kind === "added") ?? only[0])?.path;
}

function paths(changes: readonly FileChange[]): string {
  return list(telling(changes).map((change) => change.path));
}

function at(seq: number, container: Container, text: string): Evidence {
  return { seq, text, place: { kind: "container", id: container.id } };
}

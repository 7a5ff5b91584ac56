/** Pushes and pulls in words: one plain sentence for every event of theirs. */
import type {
  ImagePulled,
  ImagePushed,
  TransferFailed,
  TransferProgressed,
  TransferStarted,
} from "../events/generated";
import { faceOf, transferWords } from "./registry";
import type { Scene, Transfer } from "./types";
import { bytes, count, ended, excerpt, failureWords, shortId } from "./words";

export function transferStarted(event: TransferStarted): string {
  return event.direction === "push"
    ? `A push of ${event.reference} began: the image goes to the registry, layer by layer.`
    : `A pull of ${event.reference} began: the image comes from the registry, layer by layer.`;
}

export function transferProgressed(event: TransferProgressed, before: Scene): string {
  const { blob, state, current, total } = event;
  const text = faceOf(before, event).text;
  const which = text === "" ? `Blob ${blob}` : `Layer ${blob} (“${excerpt(text, 60)}”)`;
  const push = transferOf(before, event.transfer)?.direction !== "pull";
  switch (state) {
    case "waiting":
      return `${which} waits to be ${push ? "sent" : "fetched"}.`;
    case "moving": {
      const all = total === null ? "" : ` of ${bytes(total)}`;
      return `${which} is being ${push ? "sent" : "fetched"}: ${bytes(current)}${all}.`;
    }
    case "exists":
      return `${which} already exists ${push ? "in the registry" : "here"}, so it is not ${push ? "sent" : "fetched"}.`;
    case "done":
      return `${which} was ${push ? "sent" : "fetched"}${total === null ? "" : ` (${bytes(total)})`}.`;
  }
}

export function imagePushed(event: ImagePushed, before: Scene): string {
  const how = summary(before, event.transfer);
  return `Image ${event.reference} is in the registry now${how}; its manifest is ${shortId(event.digest)}.`;
}

export function imagePulled(event: ImagePulled, before: Scene): string {
  const how = summary(before, event.transfer);
  const layers = count(event.layers.length, "layer");
  return `Image ${event.reference} was pulled${how}: an image of ${layers}, ${bytes(event.size)}.`;
}

export function transferFailed(event: TransferFailed, before: Scene): string {
  const transfer = transferOf(before, event.transfer);
  const what = transfer ? `The ${transfer.direction} of ${transfer.reference}` : "A transfer";
  return `${what} failed: ${ended(failureWords(event))}`;
}

function summary(scene: Scene, number: number): string {
  const transfer = transferOf(scene, number);
  return transfer && transfer.blobs.length > 0 ? ` (${transferWords(transfer)})` : "";
}

function transferOf(scene: Scene, number: number): Transfer | null {
  return scene.transfers.find((each) => each.transfer === number) ?? null;
}

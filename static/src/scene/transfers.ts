/** What events about pushes and pulls do to the scene: the transfers, and what the registry has. */
import type {
  ImagePulled,
  ImagePushed,
  TransferFailed,
  TransferProgressed,
  TransferStarted,
} from "../events/generated";
import { change, imageOf } from "./lookup";
import type { Blob, Pushed, Scene, Transfer } from "./types";

/** Transfers kept; beyond it the oldest is forgotten. */
export const MOST_TRANSFERS = 20;

export function started(scene: Scene, event: TransferStarted): Scene {
  const transfer: Transfer = {
    transfer: event.transfer,
    direction: event.direction,
    reference: event.reference,
    state: "moving",
    blobs: [],
    image: null,
    message: null,
    diagnosis: null,
    seq: event.seq,
  };
  const others = scene.transfers.filter((each) => each.transfer !== event.transfer);
  // A stranger's tape may number them as it likes.
  const inOrder = [...others, transfer].sort((one, two) => one.transfer - two.transfer);
  return { ...scene, transfers: inOrder.slice(-MOST_TRANSFERS) };
}

export function progressed(scene: Scene, event: TransferProgressed): Scene {
  const { blob, layer, state, current, total } = event;
  return onMoving(scene, event.transfer, (transfer) => {
    const next: Blob = { blob, layer, state, current, total };
    const known = transfer.blobs.some((each) => each.blob === blob);
    const blobs = known
      ? transfer.blobs.map((each) => (each.blob === blob ? next : each))
      : [...transfer.blobs, next];
    return { ...transfer, blobs };
  });
}

export function pushed(scene: Scene, event: ImagePushed): Scene {
  const { reference, image, digest, size, seq } = event;
  const layers = imageOf(scene, image)?.layers.length ?? null;
  return keep(done(scene, event), { reference, image, digest, size, layers, seq });
}

/** The registry has what was pulled: also when the push is not on this tape. */
export function pulled(scene: Scene, event: ImagePulled): Scene {
  const { reference, image, digest, size, seq } = event;
  return keep(done(scene, event), {
    reference,
    image,
    digest,
    size,
    layers: event.layers.length,
    seq,
  });
}

export function failed(scene: Scene, event: TransferFailed): Scene {
  const { message, diagnosis } = event;
  return onMoving(scene, event.transfer, (transfer) => ({
    ...transfer,
    state: "failed",
    message,
    diagnosis,
  }));
}

function done(scene: Scene, event: ImagePushed | ImagePulled): Scene {
  return onMoving(scene, event.transfer, (transfer) => ({
    ...transfer,
    state: "done",
    image: event.image,
  }));
}

/** A reference means one image: pushing another under it takes the place of the first. */
function keep(scene: Scene, pushed: Pushed): Scene {
  const same = scene.registry.find((each) => each.reference === pushed.reference);
  if (same?.digest === pushed.digest) return scene;
  const registry = same
    ? scene.registry.map((each) => (each === same ? pushed : each))
    : [...scene.registry, pushed];
  return { ...scene, registry };
}

/** What has ended does not change any more. */
function onMoving(scene: Scene, number: number, how: (transfer: Transfer) => Transfer): Scene {
  const moves = (each: Transfer) => each.transfer === number && each.state === "moving";
  const transfers = change(scene.transfers, moves, how);
  return transfers === scene.transfers ? scene : { ...scene, transfers };
}

/** What a proof looks at: one event, the scenes around it, and what is remembered from before. */
import type { AnyEvent } from "../events/generated";
import { containerOf } from "./lookup";
import type { Container, Scene } from "./types";

/** A container's writable layer as it was at some position of the tape. */
export interface Written {
  readonly seq: number;
  readonly container: string;
  readonly paths: readonly string[];
}

export interface Memory {
  /** The latest write into a container of an image, by the image's digest. */
  readonly written: ReadonlyMap<string, Written>;
  /** What a container held when its process last ended, by the container's id. */
  readonly stopped: ReadonlyMap<string, Written>;
}

export interface Moment {
  readonly event: AnyEvent;
  readonly before: Scene;
  readonly after: Scene;
  readonly memory: Memory;
}

export const NO_MEMORY: Memory = { written: new Map(), stopped: new Map() };

/** The memory after the moment: proofs that come later build on it. */
export function remember({ event, after, memory }: Moment): Memory {
  switch (event.type) {
    case "container.changed": {
      const container = containerOf(after, event.container);
      if (!container || container.changes.length === 0) return memory;
      const written = new Map(memory.written).set(container.image, writtenBy(container, event.seq));
      return { ...memory, written };
    }
    case "container.exited": {
      const container = containerOf(after, event.container);
      if (!container || container.changes.length === 0) return without(memory, event.container);
      const stopped = new Map(memory.stopped).set(container.id, writtenBy(container, event.seq));
      return { ...memory, stopped };
    }
    case "container.removed":
      return without(memory, event.container);
    default:
      return memory;
  }
}

function writtenBy(container: Container, seq: number): Written {
  const paths = container.changes.map((change) => change.path);
  return { seq, container: container.id, paths };
}

function without(memory: Memory, container: string): Memory {
  if (!memory.stopped.has(container)) return memory;
  const stopped = new Map(memory.stopped);
  stopped.delete(container);
  return { ...memory, stopped };
}

/** The events at which one stops who goes through a tape step by step: those worth seeing. */
import type { AnyEvent } from "../events/generated";

const STOPS: ReadonlySet<string> = new Set<AnyEvent["type"]>([
  "lab.opened",
  "build.started",
  "step.started",
  "step.cached",
  "step.failed",
  "image.built",
  "build.failed",
  "build.cancelled",
  "image.tagged",
  "image.untagged",
  "image.removed",
  "image.committed",
  "transfer.started",
  "image.pushed",
  "image.pulled",
  "transfer.failed",
  "container.created",
  "container.started",
  "container.changed",
  "container.paused",
  "container.resumed",
  "container.renamed",
  "container.exited",
  "container.removed",
  "step.entered",
  "exec.started",
  "exec.exited",
  "limit.reached",
  "engine.lost",
  "engine.restored",
]);

/** The nearest stop after (1) or before (-1) the position; the end or `first` when there is none. */
export function stopFrom(
  events: readonly AnyEvent[],
  position: number,
  by: 1 | -1,
  first = 0,
): number {
  let at = position + by;
  while (at > first && at < events.length && !isStop(events[at - 1])) at += by;
  return Math.max(first, Math.min(at, events.length));
}

function isStop(event: AnyEvent | undefined): boolean {
  return event !== undefined && STOPS.has(event.type);
}

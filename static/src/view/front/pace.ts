/**
 * A recording at a pace to be followed by eye: an embedded build takes a few milliseconds a step.
 * Only the times change; what the events say of durations stays as it was measured.
 */
import type { AnyEvent } from "../../events/generated";

/** Milliseconds that stand before an event at the least; 0 for what shows nothing of its own. */
const LEAST: Partial<Record<AnyEvent["type"], number>> = {
  "build.started": 900,
  "step.started": 260,
  "step.cached": 200,
  "layer.created": 420,
  "config.changed": 360,
  "step.failed": 700,
  "image.built": 700,
  "image.committed": 1400,
  "container.created": 1100,
  "container.changed": 1100,
  "container.paused": 1000,
  "container.resumed": 1000,
  "container.exited": 1200,
  "container.started": 200,
  "container.removed": 1300,
};

export function paced(events: readonly AnyEvent[]): AnyEvent[] {
  let added = 0;
  let before = events[0]?.at_ms ?? 0;
  return events.map((event) => {
    const gap = Math.max(0, event.at_ms - before);
    added += Math.max(0, (LEAST[event.type] ?? 0) - gap);
    before = Math.max(before, event.at_ms);
    return { ...event, at_ms: event.at_ms + added };
  });
}

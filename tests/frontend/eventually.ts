/** Waiting for what comes in its own time: bounded, and never the thing that is measured. */
import { vi } from "vitest";

/**
 * How long a test waits for something that must come, in milliseconds. A busy machine is slow, not
 * wrong: a module that is loaded when it is first shown took more than the second that libraries
 * allow, on a machine with three suites running. Below the limit of a test, so that what was
 * missing is what a failure tells.
 */
export const PATIENCE_MS = 15_000;

/** Until `check` no longer throws; what it threw last, when it never stops. Drives fake timers on. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: PATIENCE_MS });
}

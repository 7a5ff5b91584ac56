/** What the list of a build's steps says: states in words, how long, and which step to look at. */
import { count } from "../../scene/words";
import { allDone } from "../../scene/select";
import type { Build, Step, StepState } from "../../scene/types";

export const STATE_WORDS: Readonly<Record<StepState, string>> = {
  waiting: "waiting",
  running: "running",
  cached: "from cache",
  done: "done",
  failed: "failed",
  skipped: "not needed",
  stopped: "stopped",
};

/** Milliseconds that a step took, or takes so far; null when it did not run. */
export function stepMs(step: Step, nowMs: number): number | null {
  if (step.durationMs !== null) return step.durationMs;
  if (step.state !== "running" || step.startedMs === null) return null;
  return Math.max(0, nowMs - step.startedMs);
}

/** The step to show while following: the one that failed, else runs, else wrote last. */
export function stepToFollow(build: Build): number | null {
  const failed = build.steps.find((step) => step.state === "failed");
  if (failed) return failed.step;
  const running = build.steps.filter((step) => step.state === "running").at(-1);
  if (running) return running.step;
  return null;
}

/** "Built in 1.2 s, 3 of 6 steps from the cache": how the build stands, in one sentence. */
export function buildWords(build: Build, duration: (ms: number) => string): string {
  const needed = build.steps.filter((step) => step.state !== "skipped");
  const cached = needed.filter((step) => step.state === "cached").length;
  const done = needed.filter((step) => step.state === "cached" || step.state === "done").length;
  switch (build.state) {
    case "queued":
      return build.position === null || build.position <= 1
        ? "Waiting: it is the next build."
        : `Waiting: ${count(build.position - 1, "build waits", "builds wait")} before yours.`;
    case "running":
      if (build.steps.length === 0) return "Reading the Dockerfile…";
      return allDone(build)
        ? `Building: ${count(needed.length, "step")} done, reading the layers…`
        : `Building: ${done} of ${needed.length} steps done.`;
    case "built": {
      const time = build.durationMs === null ? "" : ` in ${duration(build.durationMs)}`;
      return `Built${time}; ${cached} of ${needed.length} steps came from the cache.`;
    }
    case "failed":
      return `Failed${build.message ? `: ${build.message}` : "."}`;
    case "cancelled":
      return `Cancelled${build.message ? `: ${build.message}` : "."}`;
  }
}

/** The newest build; null before the first. */
export function newestBuild(builds: readonly Build[]): Build | null {
  return builds.at(-1) ?? null;
}

export function isUnderWay(build: Build | null): boolean {
  return build !== null && (build.state === "queued" || build.state === "running");
}

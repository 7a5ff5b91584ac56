/** How far a build has come, in one phrase. */
import { allDone } from "../../scene/select";
import type { Build } from "../../scene/types";
import { count, list } from "../../scene/words";

export function progressWords(build: Build): string {
  const steps = build.steps.filter((step) => !step.skipped);
  const failed = steps.findIndex((step) => step.state === "failed");
  const running = steps.flatMap((step, at) => (step.state === "running" ? [String(at + 1)] : []));
  const done = steps.filter((step) => step.state === "done" || step.state === "cached").length;
  switch (build.state) {
    case "queued":
      return build.position === null || build.position <= 1
        ? "waits for its turn"
        : `waits, ${build.position - 1} before it`;
    case "failed":
      return failed < 0 ? "failed" : `failed at step ${failed + 1} of ${steps.length}`;
    case "cancelled":
      return "called off";
    case "built":
      return `built in ${count(steps.length, "step")}`;
    case "running":
      if (steps.length === 0) return "reading the Dockerfile";
      if (allDone(build)) return `${count(steps.length, "step")} done, reading the layers`;
      // Stages that do not need each other run at the same time.
      if (running.length > 1) return `steps ${list(running)} of ${steps.length}`;
      return `step ${running[0] ?? Math.min(done + 1, steps.length)} of ${steps.length}`;
  }
}

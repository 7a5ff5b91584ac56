/** A multi-stage build as a graph: stages side by side, and what is taken from one into another. */
import { targetChain } from "./select";
import type { Build, Step, StepState } from "./types";

export interface Stage {
  readonly stage: number;
  /** The name after AS, else `stage 0`, `stage 1` … */
  readonly name: string;
  /** True when the Dockerfile gives it a name. */
  readonly named: boolean;
  readonly steps: readonly Step[];
  /** False when nothing that the target needs is in it, so that it is not executed. */
  readonly needed: boolean;
  /** True for the stage whose result becomes the image. */
  readonly target: boolean;
  readonly state: StepState;
}

/** `copy` takes files (COPY --from), `from` takes the whole stage as base (FROM stage). */
export interface StageEdge {
  readonly fromStage: number;
  readonly fromStep: number;
  readonly toStage: number;
  readonly toStep: number;
  readonly kind: "copy" | "from";
}

export interface StageGraph {
  readonly stages: readonly Stage[];
  readonly edges: readonly StageEdge[];
}

export function stageGraph(build: Build): StageGraph {
  const numbers = [...new Set(build.steps.map((step) => step.stage))].sort((a, b) => a - b);
  const target = targetChain(build).at(-1)?.stage ?? null;
  return {
    stages: numbers.map((number) => stageOf(build, number, target)),
    edges: build.steps.flatMap((step) => edgesInto(build, step)),
  };
}

function stageOf(build: Build, number: number, target: number | null): Stage {
  const steps = build.steps.filter((step) => step.stage === number);
  const name = steps.find((step) => step.stage_name)?.stage_name ?? null;
  return {
    stage: number,
    name: name ?? `stage ${number}`,
    named: name !== null,
    steps,
    needed: steps.some((step) => !step.skipped),
    target: number === target,
    state: stateOf(steps),
  };
}

function edgesInto(build: Build, step: Step): readonly StageEdge[] {
  return step.needs.flatMap((need) => {
    const from = build.steps.find((each) => each.step === need);
    if (!from || from.stage === step.stage) return [];
    return [
      {
        fromStage: from.stage,
        fromStep: from.step,
        toStage: step.stage,
        toStep: step.step,
        kind: step.instruction === "FROM" ? ("from" as const) : ("copy" as const),
      },
    ];
  });
}

/** The stage's state in one word: the first of these that any of its steps is in. */
function stateOf(steps: readonly Step[]): StepState {
  const order: readonly StepState[] = ["failed", "running", "stopped", "waiting", "done", "cached"];
  const live = steps.filter((step) => step.state !== "skipped");
  return order.find((state) => live.some((step) => step.state === state)) ?? "skipped";
}

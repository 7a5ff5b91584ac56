/** What must hold of every scene, whatever the tape says: the list of what is broken. */
import { MOST_BUILDS } from "@/scene/builds";
import { MOST_EXECS } from "@/scene/containers";
import { MOST_NOTICES } from "@/scene/notices";
import { MOST_CHARACTERS, MOST_CHUNKS } from "@/scene/output";
import { MOST_TRANSFERS } from "@/scene/transfers";
import type { Build, Output, Scene } from "@/scene/types";

export function check(scene: Scene): string[] {
  const broken: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) broken.push(what);
  };
  const numbers = scene.builds.map((build) => build.build);
  must(increasing(numbers), "builds are in the order of their numbers, each once");
  must(numbers.length <= MOST_BUILDS, "builds are bounded");
  must(unique(scene.images.map((image) => image.digest)), "an image is there once");
  must(unique(scene.images.flatMap((image) => image.tags)), "a tag points at one image");
  must(unique(scene.containers.map((each) => each.id)), "a container is there once");
  must(scene.notices.length <= MOST_NOTICES, "notices are bounded");
  must(Object.keys(scene.execs).length <= MOST_EXECS, "execs are bounded");
  for (const id of Object.keys(scene.measures)) {
    const container = scene.containers.find((each) => each.id === id);
    const alive = container?.state === "running" || container?.state === "paused";
    must(alive, `container ${id}, which has a measure, runs`);
  }
  const transfers = scene.transfers.map(({ transfer }) => transfer);
  must(increasing(transfers), "transfers are in the order of their numbers, each once");
  must(scene.transfers.length <= MOST_TRANSFERS, "transfers are bounded");
  must(unique(scene.registry.map((each) => each.reference)), "a reference means one image");
  for (const transfer of scene.transfers) {
    must(unique(transfer.blobs.map((each) => each.blob)), "a blob of a transfer is there once");
    const ended = transfer.state === "done";
    must((transfer.image !== null) === ended, "a transfer has an image iff it is done");
  }
  for (const image of scene.images) {
    const known = image.layers.every((layer) => Object.hasOwn(scene.layers, layer));
    must(known, `every layer of ${image.digest} is known`);
  }
  for (const [key, layer] of Object.entries(scene.layers)) {
    must(layer.digest === key, `${key} is the layer's own digest`);
  }
  for (const build of scene.builds) broken.push(...checkBuild(scene, build));
  for (const container of scene.containers) {
    must(bounded(container.output), `output of ${container.id} is bounded`);
    const exited = container.state === "exited";
    must((container.exitReason !== null) === exited, `${container.id} has a reason iff it exited`);
    must(!exited || container.pid === null, `${container.id} exited and has no process`);
  }
  for (const [key, exec] of Object.entries(scene.execs)) {
    must(exec.exec === key, `${key} is the exec's own id`);
    const there = scene.containers.some((each) => each.id === exec.container);
    must(there, `the container of exec ${key} is there`);
    must(bounded(exec.output), `output of exec ${key} is bounded`);
  }
  return broken;
}

function checkBuild(scene: Scene, build: Build): string[] {
  const broken: string[] = [];
  const must = (holds: boolean, what: string): void => {
    if (!holds) broken.push(`build ${build.build}: ${what}`);
  };
  const over = ["built", "failed", "cancelled"].includes(build.state);
  must(unique(build.steps.map((step) => step.step)), "a step is there once");
  must((build.endedSeq !== null) === over, "it has an end iff it is over");
  must((build.image !== null) === (build.state === "built"), "it has an image iff it is built");
  must(
    !over || build.steps.every((step) => step.state !== "running"),
    "no step runs after its end",
  );
  for (const step of build.steps) {
    must(bounded(step.output), `output of step ${step.step} is bounded`);
    must(unique(step.layers), `a layer of step ${step.step} is there once`);
    const known = step.layers.every((layer) => Object.hasOwn(scene.layers, layer));
    must(known, `every layer of step ${step.step} is known`);
  }
  return broken;
}

function bounded(output: Output): boolean {
  const characters = output.chunks.reduce((total, chunk) => total + chunk.text.length, 0);
  return output.chunks.length <= MOST_CHUNKS && characters <= MOST_CHARACTERS;
}

function unique(items: readonly unknown[]): boolean {
  return new Set(items).size === items.length;
}

function increasing(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? number));
}

/** Stacks of slabs as the stage draws them: of a build that comes into being, and of an image. */
import { buildOf, layerOf } from "../../scene/lookup";
import { allDone, slabKind, targetChain, type SlabKind } from "../../scene/select";
import { stageGraph, type StageEdge } from "../../scene/stages";
import type { Build, Image, Layer, Scene, Step } from "../../scene/types";

export type SlabState =
  | "planned"
  | "running"
  | "made"
  | "cached"
  | "failed"
  | "stopped"
  | "skipped"
  | "unreached"
  | "empty"
  /** It was carried out, and only the engine's build cache knows what layer it made. */
  | "kept"
  /** It was carried out; the engine tells its layer when the whole build is done. */
  | "follows"
  /** The whole build is done, and the engine is read for the layer that it made. */
  | "reading";

export interface Slab {
  /** The same for a step's slab while it is built and in the image afterwards. */
  readonly key: string;
  readonly kind: SlabKind;
  readonly instruction: string;
  readonly text: string;
  readonly state: SlabState;
  readonly layer: Layer | null;
  readonly digest: string | null;
  /** The step that makes or made it, where a build in the lab tells. */
  readonly step: Step | null;
  /** Which of a base image's several layers it is, the lowest being 1; null for all else. */
  readonly part: Part | null;
}

export interface Part {
  readonly at: number;
  readonly of: number;
}

export interface Stack {
  /** The same while it is built and as the finished image. */
  readonly key: string;
  readonly stage: number;
  readonly name: string;
  /** The base first. */
  readonly slabs: readonly Slab[];
  /** False when the target does not need this stage, so that none of it is executed. */
  readonly needed: boolean;
}

/** A build's stacks: the one that becomes the image, and those that it takes from. */
export interface BuildStacks {
  readonly main: Stack;
  readonly others: readonly Stack[];
  readonly edges: readonly StageEdge[];
}

/** One stack a stage; null before the build is planned. */
export function stacksOfBuild(build: Build, scene: Scene): BuildStacks | null {
  const graph = stageGraph(build);
  const stacks = graph.stages.map((stage) => ({
    key: `build-${build.build}-stage-${stage.stage}`,
    stage: stage.stage,
    name: stage.name,
    slabs: stage.steps.flatMap((step) => slabsOfStep(step, isOver(build), scene)),
    needed: stage.needed,
  }));
  const target = graph.stages.find((stage) => stage.target)?.stage;
  const main = stacks.find((stack) => stack.stage === target) ?? stacks.at(-1);
  if (!main) return null;
  const others = stacks.filter((stack) => stack.stage !== main.stage);
  const image = { ...main, key: `build-${build.build}` };
  if (scene.engine?.simulated !== false) return { main: image, others, edges: graph.edges };
  // A real engine tells the layers of the image, once it is there, and of no other stage.
  const untold = untoldState(build);
  return {
    main: untold ? withUntold(image, untold) : image,
    others: others.map((stack) => withUntold(stack, "kept")),
    edges: graph.edges,
  };
}

type Untold = "kept" | "follows" | "reading";

/** What a step without a layer is, that was carried out; null when it really made none. */
function untoldState(build: Build): Untold | null {
  if (isOver(build)) return "kept";
  if (build.state !== "running") return null;
  return allDone(build) ? "reading" : "follows";
}

function withUntold(stack: Stack, state: Untold): Stack {
  const slabs = stack.slabs.map((slab) => (isUntold(slab) ? untoldSlab(slab, state) : slab));
  return { ...stack, slabs };
}

function isUntold(slab: Slab): boolean {
  return slab.state === "empty" && slab.kind !== "base";
}

const drawnUntold = new WeakMap<Slab, Slab>();

/** The same one for the same slab, so that the view has nothing to look at again. */
function untoldSlab(slab: Slab, state: Untold): Slab {
  const known = drawnUntold.get(slab);
  const same = known?.state === state ? known : { ...slab, state };
  drawnUntold.set(slab, same);
  return same;
}

/** The image's layers, the base first, each with the step of its own build that made it. */
export function stackOfImage(image: Image, scene: Scene): Stack {
  const build = buildOf(scene, image.build);
  const below = build ? null : standsOn(image, scene);
  const lower = below ? stackOfImage(below, scene).slabs : [];
  const made = build ? layersMade(build) : [];
  const slabs = image.layers.map((digest, index): Slab => {
    const at = made.findIndex((entry) => entry.digest === digest);
    // Taken out, so that two steps with the same layer are two slabs with keys of their own.
    const [entry] = at < 0 ? [] : made.splice(at, 1);
    const layer = layerOf(scene, digest);
    const under = lower[index];
    // No build of this image: nothing came from the cache, and no step is its own.
    if (under) return { ...under, key: `layer-${index}`, state: "made", step: null };
    if (below) return committedSlab(`layer-${index}`, digest, layer, image, scene);
    const slab = entry && slabsOfStep(entry.step, false, scene)[entry.index];
    return slab ?? slabOfLayer(`layer-${index}`, digest, layer, partOf(image, index, scene));
  });
  return {
    key: build ? `build-${build.build}` : `image-${image.digest}`,
    stage: 0,
    name: "",
    slabs,
    needed: true,
  };
}

/** The image that a container ran from before it was committed: the longest with the same layers. */
function standsOn(image: Image, scene: Scene): Image | null {
  const lower = scene.images.filter(
    ({ layers }) =>
      layers.length < image.layers.length &&
      layers.every((digest, index) => digest === image.layers[index]),
  );
  return lower.toSorted((a, b) => b.layers.length - a.layers.length)[0] ?? null;
}

/** An empty layer has the digest of every other empty one: what made it is the commit's own to say. */
function committedSlab(
  key: string,
  digest: string,
  layer: Layer | null,
  image: Image,
  scene: Scene,
): Slab {
  const name = scene.containers.find(({ id }) => id === image.committedFrom)?.name;
  const said = layer?.committedFrom ? layer.text : "docker commit";
  return {
    ...slabOfLayer(key, digest, layer, null),
    kind: "commit",
    instruction: "COMMIT",
    text: name ? `docker commit ${name}` : said,
  };
}

/** Those that the target stands on first: another stage may have made the same layer before it. */
function layersMade(build: Build): { step: Step; index: number; digest: string }[] {
  const chain = new Set(targetChain(build));
  const others = build.steps.filter((step) => !chain.has(step));
  return [...chain, ...others].flatMap((step) =>
    step.layers.map((digest, index) => ({ step, index, digest })),
  );
}

function isOver(build: Build): boolean {
  return build.state === "failed" || build.state === "cancelled";
}

interface Drawn {
  readonly over: boolean;
  readonly layers: readonly (Layer | null)[];
  readonly slabs: readonly Slab[];
}

/** A step that did not change keeps its slabs, so that the view has nothing to look at again. */
const drawn = new WeakMap<Step, Drawn>();

function slabsOfStep(step: Step, over: boolean, scene: Scene): readonly Slab[] {
  const layers = step.layers.map((digest) => layerOf(scene, digest));
  const known = drawn.get(step);
  if (known?.over === over && known.layers.every((layer, index) => layer === layers[index])) {
    return known.slabs;
  }
  const slabs = freshSlabs(step, over, layers);
  drawn.set(step, { over, layers, slabs });
  return slabs;
}

function freshSlabs(step: Step, over: boolean, layers: readonly (Layer | null)[]): Slab[] {
  if (step.layers.length > 0) {
    return step.layers.map((digest, index) => slabOf(step, index, digest, layers[index] ?? null));
  }
  if (step.makes === "config" && step.state !== "failed") return [];
  const slab = slabOf(step, 0, null, null);
  if (over) return [slab.state === "planned" ? { ...slab, state: "unreached" } : slab];
  return [slab.state === "empty" && bringsLayers(step) ? { ...slab, state: "follows" } : slab];
}

/** A base image's layers are told right after its step, unless it is none or an earlier stage. */
function bringsLayers(step: Step): boolean {
  return step.makes === "base" && step.needs.length === 0 && !/^FROM\s+scratch\b/i.test(step.text);
}

function slabOf(step: Step, index: number, digest: string | null, layer: Layer | null): Slab {
  return {
    key: `step-${step.step}-${index}`,
    kind: step.makes === "base" ? "base" : slabKind(step.instruction),
    instruction: step.instruction,
    text: step.text,
    state: stateOf(step, digest !== null),
    layer,
    digest,
    step,
    part: step.makes === "base" ? partAt(index, step.layers.length) : null,
  };
}

/** By the layers around it that the same FROM brought, where no build tells. */
function partOf(image: Image, index: number, scene: Scene): Part | null {
  const made = layerOf(scene, image.layers[index] ?? "");
  if (!made?.base) return null;
  const same = image.layers.map((digest) => {
    const layer = layerOf(scene, digest);
    return layer?.base === true && layer.text === made.text;
  });
  return partAt(same.slice(0, index).filter(Boolean).length, same.filter(Boolean).length);
}

function partAt(index: number, of: number): Part | null {
  return of > 1 ? { at: index + 1, of } : null;
}

function slabOfLayer(key: string, digest: string, layer: Layer | null, part: Part | null): Slab {
  return {
    key,
    kind: layer?.base ? "base" : slabKind(layer?.instruction ?? ""),
    instruction: layer?.instruction || "LAYER",
    text: layer?.text ?? "",
    state: "made",
    layer,
    digest,
    step: null,
    part,
  };
}

function stateOf(step: Step, hasLayer: boolean): SlabState {
  if (step.skipped) return "skipped";
  switch (step.state) {
    case "waiting":
      return "planned";
    case "running":
      // A base of several layers: those that are there are made while the step goes on.
      return hasLayer ? "made" : "running";
    case "cached":
      return hasLayer ? "cached" : "empty";
    case "done":
      return hasLayer ? "made" : "empty";
    default:
      return step.state;
  }
}

/** What the view asks of a scene: the stack of an image, the graph of a build, who stands on what. */
import { buildOf, imageOf, layerOf } from "./lookup";
import type { Build, Container, Image, Layer, Scene, Step } from "./types";
import { shortId } from "./words";

/** What made a layer; the view gives each kind one hue, one icon and one word. */
export type SlabKind = "base" | "run" | "copy" | "add" | "workdir" | "commit" | "other";

/** One read-only layer in its place in a stack. */
export interface Slab {
  /** 0 is the bottom. */
  readonly index: number;
  readonly digest: string;
  readonly kind: SlabKind;
  /** The instruction's keyword, for example `COPY`; empty when it is not known. */
  readonly instruction: string;
  /** The instruction as written, for example `COPY app.py .`. */
  readonly text: string;
  /** Bytes. */
  readonly size: number;
  readonly layer: Layer | null;
  /** The step that gave this build the layer, when the build is still known. */
  readonly build: number | null;
  readonly step: number | null;
  readonly cached: boolean;
}

/** True when every step that the target needs was carried out, or came from the cache. */
export function allDone(build: Build): boolean {
  const needed = build.steps.filter((step) => !step.skipped);
  return needed.length > 0 && needed.every(({ state }) => state === "done" || state === "cached");
}

export function slabKind(instruction: string): SlabKind {
  switch (instruction.toUpperCase()) {
    case "FROM":
      return "base";
    case "RUN":
      return "run";
    case "COPY":
      return "copy";
    case "ADD":
      return "add";
    case "WORKDIR":
      return "workdir";
    case "COMMIT":
      return "commit";
    default:
      return "other";
  }
}

/** The image's layers, the base first. Works for a removed image as long as its build is known. */
export function stack(scene: Scene, digest: string): readonly Slab[] {
  const image = imageOf(scene, digest);
  const build = buildOf(scene, image?.build ?? null) ?? builderOf(scene, digest);
  const digests = image?.layers ?? (build ? buildLayers(build) : []);
  return digests.map((each, index) => slab(scene, each, index, build));
}

/** The stack as far as a build has come: the target stage's layers, the base first. */
export function buildStack(scene: Scene, build: Build): readonly Slab[] {
  return buildLayers(build).map((each, index) => slab(scene, each, index, build));
}

/** The newest build, whatever became of it. */
export function latestBuild(scene: Scene): Build | null {
  return scene.builds.at(-1) ?? null;
}

/** The build that runs now; one at a time a lab. */
export function runningBuild(scene: Scene): Build | null {
  return scene.builds.find((build) => build.state === "running") ?? null;
}

/** Builds that wait, the next first. */
export function queuedBuilds(scene: Scene): readonly Build[] {
  return scene.builds
    .filter((build) => build.state === "queued")
    .toSorted((a, b) => (a.position ?? Infinity) - (b.position ?? Infinity));
}

/** The step of a build that runs now (the first of them, when stages run side by side). */
export function runningStep(build: Build): Step | null {
  return build.steps.find((step) => step.state === "running") ?? null;
}

/** The chosen image, else the one built or committed last, else none. */
export function imageInFocus(scene: Scene, chosen: string | null = null): Image | null {
  const kept = imageOf(scene, chosen);
  if (kept) return kept;
  let newest: { image: Image; seq: number } | null = null;
  for (const image of scene.images) {
    // A build that came wholly from the cache gives an image that was there: it is the newest again.
    const seq = Math.max(image.seq, buildOf(scene, image.build)?.endedSeq ?? 0);
    if (!newest || seq > newest.seq) newest = { image, seq };
  }
  return newest?.image ?? null;
}

/** `my-app:latest`, or a short digest for an image that no tag points at. */
export function imageName(image: Image): string {
  return image.tags[0] ?? shortId(image.digest);
}

/** What an image is called where no command line has to take it: `my-app, after step 3`. */
export function imageTitle(image: Image): string {
  if (image.tags.length > 0 || !image.entered) return imageName(image);
  const { tag, build, step } = image.entered;
  return `${tag.replace(/:latest$/, "") || `build ${build}`}, after step ${step}`;
}

/** The name of an image by digest, also when it is not there any more. */
export function nameOfImage(scene: Scene, digest: string): string {
  const image = imageOf(scene, digest);
  return image ? imageTitle(image) : shortId(digest);
}

/** In the order they were created. */
export function containersOf(scene: Scene, digest: string): readonly Container[] {
  return scene.containers.filter((container) => container.image === digest);
}

/**
 * The topmost slab made by a step that copies a file of this name: where the original of a changed
 * path lies under the writable layer, as far as the tape can tell. Null when it cannot.
 */
export function slabOfPath(scene: Scene, container: Container, path: string): Slab | null {
  const name = path.split("/").at(-1) ?? "";
  if (name === "") return null;
  const slabs = stack(scene, container.image);
  return (
    slabs.findLast((each) => {
      const step = buildOf(scene, each.build)?.steps.find((one) => one.step === each.step);
      return step?.reads.some((read) => read === name || read.endsWith(`/${name}`)) ?? false;
    }) ?? null
  );
}

/** One entry of an image's config, in plain words with Docker's key beside them. */
export interface ConfigEntry {
  readonly field: string;
  readonly words: string;
  readonly values: readonly string[];
}

/** The filled entries of an image's config, in the order a person asks for them. */
export function configEntries(config: Readonly<Record<string, unknown>>): readonly ConfigEntry[] {
  const known = Object.keys(CONFIG_WORDS).filter((field) => Object.hasOwn(config, field));
  const others = Object.keys(config).filter((field) => !Object.hasOwn(CONFIG_WORDS, field));
  return [...known, ...others.toSorted()]
    .map((field) => ({
      field,
      words: configWords(field),
      values: configValues(field, config[field]),
    }))
    .filter((entry) => entry.values.length > 0);
}

/** The config as far as a build has come, put together from its target stage's steps. */
export function buildConfig(build: Build): Readonly<Record<string, unknown>> {
  const entries = targetChain(build).flatMap((step) =>
    step.config ? [[step.config.field, step.config.value] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** A config key in plain words, for example `default command` for `Cmd`. */
export function configWords(field: string): string {
  return (Object.hasOwn(CONFIG_WORDS, field) ? CONFIG_WORDS[field] : undefined) ?? field;
}

/** A config value as lines of text: `KEY=value` for a map, the words of a command as one. */
export function configValues(field: string, value: unknown): readonly string[] {
  if (value === null || value === undefined || value === "" || value === false) return [];
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    return COMMANDS.has(field) ? [JSON.stringify(value)] : value.map(text);
  }
  if (typeof value !== "object") return [text(value)];
  return Object.entries(value).map(([key, inner]) =>
    isEmpty(inner) ? key : `${key}=${text(inner)}`,
  );
}

const COMMANDS = new Set(["Cmd", "Entrypoint", "Shell"]);

const CONFIG_WORDS: Readonly<Record<string, string>> = {
  Entrypoint: "program to start",
  Cmd: "default command",
  WorkingDir: "starting folder",
  Env: "environment variables",
  ExposedPorts: "ports it listens on",
  User: "user it runs as",
  Volumes: "folders kept outside",
  Labels: "labels",
  Healthcheck: "health check",
  StopSignal: "stop signal",
  Shell: "shell for RUN",
  OnBuild: "triggers for images built on it",
  ArgsEscaped: "arguments escaped",
};

function builderOf(scene: Scene, digest: string): Build | null {
  return scene.builds.findLast((build) => build.image === digest) ?? null;
}

/** The steps that the image stands on: the target stage's, after those of a stage it is FROM. */
export function targetChain(build: Build): readonly Step[] {
  const last = build.steps.findLast((step) => !step.skipped);
  return last ? chainOf(build, last.stage) : [];
}

/** The steps that the image after a step stands on, that step last. */
export function chainOfStep(build: Build, step: number): readonly Step[] {
  const stage = build.steps.find((each) => each.step === step)?.stage;
  if (stage === undefined) return [];
  const chain = chainOf(build, stage);
  return chain.slice(0, chain.findIndex((each) => each.step === step) + 1);
}

/** A stranger's plan may have hundreds of stages in a row: each step is looked at once. */
function chainOf(build: Build, last: number): readonly Step[] {
  const places = new Map<number, number>();
  const stages = new Map<number, Step[]>();
  for (const [place, step] of build.steps.entries()) {
    places.set(step.step, place);
    stages
      .set(step.stage, stages.get(step.stage) ?? [])
      .get(step.stage)
      ?.push(step);
  }
  const chain: (readonly Step[])[] = [];
  let stage: number | undefined = last;
  while (stage !== undefined) {
    const own: readonly Step[] = stages.get(stage) ?? [];
    // A stage that was gone through is not there any more, so a circle of stages ends.
    stages.delete(stage);
    chain.push(own);
    const from = own.find((step) => step.instruction === "FROM");
    const needed = (from?.needs ?? []).flatMap((need) => places.get(need) ?? []);
    const others = needed.filter((place) => build.steps[place]?.stage !== stage);
    stage = build.steps[others.reduce((a, b) => Math.min(a, b), Infinity)]?.stage;
  }
  return chain.reverse().flat();
}

function buildLayers(build: Build): readonly string[] {
  return [...new Set(targetChain(build).flatMap((step) => step.layers))];
}

function slab(scene: Scene, digest: string, index: number, build: Build | null): Slab {
  const layer = layerOf(scene, digest);
  const step = build?.steps.find((each) => each.layers.includes(digest)) ?? null;
  // An image on its own base knows better what made a layer than the lab, where another may have.
  const instruction = step?.instruction ?? layer?.instruction ?? "";
  return {
    index,
    digest,
    kind: layer?.base ? "base" : slabKind(instruction),
    instruction,
    text: step?.text ?? layer?.text ?? "",
    size: layer?.size ?? 0,
    layer,
    build: step ? (build?.build ?? null) : (layer?.build ?? null),
    step: step?.step ?? layer?.step ?? null,
    cached: step?.state === "cached",
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === "" ||
    (typeof value === "object" && Object.keys(value as object).length === 0)
  );
}

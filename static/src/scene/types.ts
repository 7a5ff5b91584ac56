/**
 * The scene: everything the stage shows, folded from the tape by one pure function (`reduce.ts`).
 * It holds facts only: no colours, no positions, no time of animation. Every part is treated as
 * read-only, and a part that an event does not touch keeps its identity, so that a view can compare.
 */
import type {
  BlobState,
  Diagnosis,
  Direction,
  EngineInfo,
  FileChange,
  FileEntry,
  PlannedStep,
} from "../events/generated";

export type StepState =
  "waiting" | "running" | "cached" | "done" | "failed" | "skipped" | "stopped";

/** Why a step ran instead of coming from the cache; read off the tapes of two builds, never guessed. */
export type CacheVerdict =
  | { kind: "cached" }
  | { kind: "first-build" }
  /** No build has carried it out yet: in the one compared with it failed, or was never begun. */
  | { kind: "never-done"; build: number; failed: boolean }
  | { kind: "no-cache" }
  /** `before` is empty for an instruction that was put in. */
  | { kind: "instruction-changed"; before: string; after: string }
  /** The same instruction stood elsewhere: it was this step. */
  | { kind: "moved"; from: number }
  /** The same instruction stood on this one, which is there no more. */
  | { kind: "line-removed"; text: string }
  /** This step stands before it now and did not then, though its own result was in the cache. */
  | { kind: "line-added"; step: number }
  | { kind: "files-changed"; added: string[]; modified: string[]; deleted: string[] }
  | { kind: "earlier-step"; step: number }
  | { kind: "argument-changed"; changes: ArgumentChange[] }
  | { kind: "base-changed" }
  /** Nothing that the tapes tell of differs: the cache has lost the result. */
  | { kind: "gone" }
  | { kind: "unknown" };

/** A build argument's value in both builds; null where it had none. */
export interface ArgumentChange {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What the cache detective found about a step. */
export interface Finding {
  readonly verdict: CacheVerdict;
  /** Further causes, each of which would have been enough. */
  readonly also: readonly CacheVerdict[];
  /** The build that was compared with, and the step that stood in this one's place there. */
  readonly against: number | null;
  readonly before: number | null;
}

export interface OutputLine {
  readonly seq: number;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** Text that grew in chunks; `dropped` counts chunks left out at the front to bound memory. */
export interface Output {
  readonly chunks: readonly OutputLine[];
  readonly dropped: number;
  readonly truncated: boolean;
}

export interface Step extends PlannedStep {
  readonly state: StepState;
  readonly startedMs: number | null;
  readonly durationMs: number | null;
  readonly output: Output;
  /** Digests of the layers that this step gave the image (several for a base image). */
  readonly layers: readonly string[];
  readonly config: { readonly field: string; readonly value: unknown } | null;
  readonly message: string | null;
  readonly exitCode: number | null;
  readonly diagnosis: Diagnosis | null;
}

export type BuildState = "queued" | "running" | "built" | "failed" | "cancelled";

export interface Build {
  readonly build: number;
  readonly state: BuildState;
  readonly position: number | null;
  readonly tag: string;
  readonly dockerfile: string;
  readonly files: readonly FileEntry[];
  readonly args: Readonly<Record<string, string>>;
  readonly target: string | null;
  readonly noCache: boolean;
  readonly steps: readonly Step[];
  readonly image: string | null;
  readonly message: string | null;
  readonly diagnosis: Diagnosis | null;
  readonly startedSeq: number | null;
  readonly endedSeq: number | null;
  readonly startedMs: number | null;
  readonly durationMs: number | null;
}

/** A layer as the lab knows it: stored once, however many images and containers stand on it. */
export interface Layer {
  readonly digest: string;
  readonly size: number;
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
  /** The instruction that first made it, for example `COPY app.py .`. */
  readonly instruction: string;
  readonly text: string;
  /** True for a layer of a base image. */
  readonly base: boolean;
  readonly build: number | null;
  readonly step: number | null;
  /** Container whose writable layer it was, for a commit. */
  readonly committedFrom: string | null;
  readonly seq: number;
}

export interface Image {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
  readonly size: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly build: number | null;
  readonly committedFrom: string | null;
  /** The step it was entered at, for an image that is there only for that. */
  readonly entered?: Entered;
  readonly seq: number;
}

/** A step of a build, with what that build was to be tagged. */
export interface Entered {
  readonly build: number;
  readonly step: number;
  readonly tag: string;
}

export type ContainerState = "created" | "running" | "paused" | "exited";

export interface Exec {
  readonly exec: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly terminal: boolean;
  readonly output: Output;
  readonly exitCode: number | null;
  readonly seq: number;
}

export interface Container {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly hostname: string;
  readonly state: ContainerState;
  readonly pid: number | null;
  readonly ip: string | null;
  readonly exitCode: number | null;
  readonly exitReason: string | null;
  readonly output: Output;
  readonly changes: readonly FileChange[];
  readonly changesTruncated: boolean;
  readonly writableSize: number;
  readonly starts: number;
  readonly seq: number;
}

/** What a container's processes use together, as the engine last told it. */
export interface Measure {
  /** Of one core: 100 is one core kept busy. */
  readonly cpuPercent: number;
  readonly memory: number;
  readonly memoryLimit: number | null;
  readonly pids: number;
}

/** A layer on its way to or from the registry, in its packed form. */
export interface Blob {
  /** Short id, as the engine prints it. */
  readonly blob: string;
  readonly layer: string | null;
  readonly state: BlobState;
  readonly current: number;
  readonly total: number | null;
}

/** A push or a pull. */
export interface Transfer {
  readonly transfer: number;
  readonly direction: Direction;
  readonly reference: string;
  readonly state: "moving" | "done" | "failed";
  /** In the order of their first report. */
  readonly blobs: readonly Blob[];
  readonly image: string | null;
  readonly message: string | null;
  readonly diagnosis: Diagnosis | null;
  readonly seq: number;
}

/** An image in the lab's registry, whether the lab has it still or not. */
export interface Pushed {
  readonly reference: string;
  readonly image: string;
  /** Of the manifest. */
  readonly digest: string;
  readonly size: number;
  /** How many; null when it is not known. */
  readonly layers: number | null;
  readonly seq: number;
}

export interface Notice {
  readonly seq: number;
  readonly kind: "limit" | "truncated" | "lost" | "restored";
  readonly text: string;
  readonly subject: string | null;
}

export interface Scene {
  readonly seq: number;
  readonly atMs: number;
  readonly engine: EngineInfo | null;
  readonly limits: Readonly<Record<string, number>>;
  /** In the order of their numbers. */
  readonly builds: readonly Build[];
  readonly layers: Readonly<Record<string, Layer>>;
  /** In the order they came into being. Removed ones are not here. */
  readonly images: readonly Image[];
  /** In the order they were created. Removed ones are not here. */
  readonly containers: readonly Container[];
  readonly execs: Readonly<Record<string, Exec>>;
  /**
   * By the container's id, for those that run. Apart from the containers: measures come all the
   * time, and what only shows containers need not be drawn anew for them.
   */
  readonly measures: Readonly<Record<string, Measure>>;
  /** The last ones, in the order of their numbers. */
  readonly transfers: readonly Transfer[];
  /** In the order in which they were first pushed. */
  readonly registry: readonly Pushed[];
  readonly notices: readonly Notice[];
  readonly engineLost: boolean;
}

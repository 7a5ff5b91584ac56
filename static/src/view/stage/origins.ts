/** Where a file that a container changed came from: the highest layer below that holds its path. */
import type { Container } from "../../scene/types";
import { shortPath } from "./containers";

/** The paths that a layer adds or changes; resolves to an empty list where it cannot be told. */
export type FilesOf = (digest: string) => Promise<readonly string[]>;

/**
 * The layer whose file was copied up or hidden; undefined when none is known to hold it.
 * `layers` the base first; `files` by digest, absent where it was not read.
 */
export function originOf(
  path: string,
  layers: readonly string[],
  files: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  const bare = normal(path);
  return layers.toReversed().find((digest) => files.get(digest)?.has(bare));
}

/** By digest, the files that containers copied up from the layer, each once. */
export function marksOf(
  containers: readonly Container[],
  origin: (path: string) => string | null,
): ReadonlyMap<string, readonly string[]> {
  const copied = containers.flatMap(({ changes }) =>
    changes.filter(({ kind, size }) => kind === "modified" && size > 0),
  );
  const marks = new Map<string, readonly string[]>();
  for (const path of new Set(copied.map((change) => change.path))) {
    const digest = origin(path);
    if (digest !== null) marks.set(digest, [...(marks.get(digest) ?? []), shortPath(path)]);
  }
  return marks;
}

/** Reads each layer's list once and keeps it: a digest's content never changes. */
export class LayerFiles {
  readonly known = new Map<string, ReadonlySet<string>>();
  readonly #asked = new Map<string, Promise<void>>();

  constructor(private readonly filesOf: FilesOf) {}

  /** After it resolves, `known` holds what could be read of these layers. */
  async read(digests: readonly string[]): Promise<void> {
    await Promise.all(digests.map((digest) => this.#readOne(digest)));
  }

  #readOne(digest: string): Promise<void> {
    const asked = this.#asked.get(digest) ?? this.#fetch(digest);
    this.#asked.set(digest, asked);
    return asked;
  }

  async #fetch(digest: string): Promise<void> {
    try {
      const paths = await this.filesOf(digest);
      this.known.set(digest, new Set(paths.map(normal)));
    } catch {
      // The link is an extra; without it the chip still says what happened.
      this.#asked.delete(digest);
    }
  }
}

function normal(path: string): string {
  return `/${path.replace(/^\.?\/+/, "").replace(/\/+$/, "")}`;
}

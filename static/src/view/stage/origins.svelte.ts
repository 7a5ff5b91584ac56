/** The layers that containers' changed files came from, as far as the lists of files are read. */
import { SvelteMap } from "svelte/reactivity";

import type { Container } from "../../scene/types";
import { LayerFiles, marksOf, originOf, type FilesOf } from "./origins";
import type { Slab } from "./stacks";

export class Origins {
  readonly #known = new SvelteMap<string, ReadonlySet<string>>();
  readonly #files: LayerFiles | null;

  /** Without `filesOf` no origin is known: nothing is guessed. */
  constructor(filesOf: () => FilesOf | undefined) {
    this.#files = new LayerFiles((digest) => filesOf()?.(digest) ?? Promise.reject(new Error()));
  }

  /** Reads the lists of the layers below when a container has changed what came from them. */
  follow(containers: readonly Container[], slabs: readonly Slab[]): void {
    const asked = containers.some(({ changes }) => changes.some(({ kind }) => kind !== "added"));
    if (!asked || !this.#files) return;
    const files = this.#files;
    void files.read(slabs.flatMap(({ digest }) => digest ?? [])).then(() => {
      for (const [digest, paths] of files.known) {
        if (!this.#known.has(digest)) this.#known.set(digest, paths);
      }
    });
  }

  /** The digest of the highest layer that holds the path, null when it is not known. */
  of(path: string, slabs: readonly Slab[]): string | null {
    const digests = slabs.flatMap(({ digest }) => digest ?? []);
    return originOf(path, digests, this.#known) ?? null;
  }

  /** That layer by its instruction, for example `COPY app.py .`. */
  nameOf(path: string, slabs: readonly Slab[]): string | null {
    const digest = this.of(path, slabs);
    const slab = slabs.find((each) => each.digest === digest);
    return digest !== null && slab ? slab.text || slab.instruction : null;
  }

  /** By digest, the paths that any of the containers copied up from the layer. */
  marks(
    containers: readonly Container[],
    slabs: readonly Slab[],
  ): ReadonlyMap<string, readonly string[]> {
    return marksOf(containers, (path) => this.of(path, slabs));
  }
}

/**
 * What a still shows of a scene, as plain data: held by both reducers, the browser's and the small
 * one of `visualizer/recordings/picture.py`, which draws where there is no browser.
 */
import { imageInFocus, latestBuild, stack } from "@/scene/select";
import type { Scene } from "@/scene/types";

export interface Facts {
  readonly at: number;
  readonly focus: string | null;
  readonly build: { readonly build: number; readonly state: string } | null;
  readonly images: readonly {
    readonly digest: string;
    readonly tags: readonly string[];
    readonly layers: readonly {
      readonly digest: string;
      readonly instruction: string;
      readonly text: string;
      readonly size: number;
    }[];
  }[];
  readonly containers: readonly {
    readonly id: string;
    readonly name: string;
    readonly image: string;
    readonly state: string;
    readonly writable_size: number;
    readonly changes: number;
    readonly exit_code: number | null;
  }[];
}

export function factsOf(scene: Scene, at: number): Facts {
  const build = latestBuild(scene);
  return {
    at,
    focus: imageInFocus(scene)?.digest ?? null,
    build: build && { build: build.build, state: build.state },
    images: scene.images.map(({ digest, tags }) => ({
      digest,
      tags,
      layers: stack(scene, digest).map(({ digest: layer, instruction, text, size }) => ({
        digest: layer,
        instruction,
        text,
        size,
      })),
    })),
    containers: scene.containers.map((each) => ({
      id: each.id,
      name: each.name,
      image: each.image,
      state: each.state,
      writable_size: each.writableSize,
      changes: each.changes.length,
      exit_code: each.exitCode,
    })),
  };
}

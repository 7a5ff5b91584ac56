import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { AnyEvent } from "@/events/generated";
import { emptyScene, fold, reduce } from "@/scene/reduce";
import {
  blobWords,
  faceOf,
  hasRegistry,
  latestTransfer,
  pushName,
  repositories,
  transferWords,
} from "@/scene/registry";
import { stack } from "@/scene/select";
import { sentence } from "@/scene/transcript";
import type { Image, Scene } from "@/scene/types";

import { digest, TapeMaker } from "../tapes/maker";
import { arbitraryTape } from "./arbitrary";
import { built, halfPushed, MANIFEST, NAME, registry } from "../tapes/registry";

function sentences(tape: readonly AnyEvent[]): string[] {
  let scene = emptyScene();
  return tape.map((event) => {
    const said = sentence(event, scene);
    scene = reduce(scene, event);
    return said;
  });
}

/** The scene just after the last event of that type and transfer. */
function after(type: AnyEvent["type"], transfer: number): Scene {
  const tape = registry();
  const at = tape.findLastIndex(
    (event) => event.type === type && "transfer" in event && event.transfer === transfer,
  );
  expect(at).toBeGreaterThan(0);
  return fold(tape.slice(0, at + 1));
}

const words = (scene: Scene): string[] => {
  const transfer = latestTransfer(scene);
  return transfer?.blobs.map((blob) => blobWords(blob, transfer.direction)) ?? [];
};

describe("a push", () => {
  test("has nothing to show before the first one", () => {
    expect(hasRegistry(fold(built().tape.events))).toBe(false);
  });

  test("is seen blob by blob while it moves", () => {
    const scene = fold(halfPushed().tape.events);
    expect(latestTransfer(scene)).toMatchObject({ transfer: 1, state: "moving", reference: NAME });
    expect(words(scene)).toEqual(["sent, 2 B", "5 MB of 21 MB", "already exists"]);
    expect(repositories(scene)).toEqual([]);
  });

  test("puts the image on the shelf under its name", () => {
    const [repository] = repositories(after("image.pushed", 1));
    expect(repository?.name).toBe("my-app");
    expect(repository?.tags).toMatchObject([
      { tag: "1.0", digest: MANIFEST, layers: 3, here: true },
    ]);
  });

  test("of a changed image sends only what is new, and takes the place of the first", () => {
    const scene = after("image.pushed", 2);
    const transfer = latestTransfer(scene);
    expect(transfer && transferWords(transfer)).toBe("1 layer sent, 3 already existed");
    const tags = repositories(scene).flatMap((repository) => repository.tags);
    expect(tags).toMatchObject([{ tag: "1.0", digest: digest("manifest 2"), layers: 4 }]);
  });
});

describe("a pull", () => {
  test("of a removed image brings it back with its layers, its steps and its tag", () => {
    const before = fold(
      registry().slice(
        0,
        registry().findIndex((e) => e.type === "image.pulled"),
      ),
    );
    const scene = after("image.pulled", 3);
    const back = scene.images.at(-1);
    expect(before.images.some((image) => image.digest === back?.digest)).toBe(false);
    expect(back).toMatchObject({ tags: [NAME], build: 2 });
    expect(stack(scene, back?.digest ?? "").map((slab) => slab.text)).toEqual([
      "FROM busybox",
      "RUN make big",
      "RUN make small",
      "RUN make new",
    ]);
    expect(repositories(scene)[0]?.tags[0]?.here).toBe(true);
  });

  test("tells what layers hold that no build of this tape has made", () => {
    const layer = digest("from elsewhere");
    const tape = new TapeMaker().open();
    tape.add({ type: "transfer.started", transfer: 1, direction: "pull", reference: NAME });
    tape.add({
      type: "image.pulled",
      image: digest("image"),
      transfer: 1,
      reference: NAME,
      tags: [NAME],
      layers: [{ layer, size: 7, added: 2, modified: 1, deleted: 3 }],
      size: 7,
      config: { Cmd: ["sh"] },
      digest: MANIFEST,
    });
    const scene = fold(tape.events);
    expect(scene.layers[layer]).toMatchObject({ size: 7, added: 2, modified: 1, deleted: 3 });
    expect(scene.images[0]).toMatchObject({ build: null, size: 7, config: { Cmd: ["sh"] } });
    expect(repositories(scene)[0]?.tags[0]).toMatchObject({ tag: "1.0", layers: 1, here: true });
  });
});

describe("what is removed from the lab", () => {
  test("stays in the registry, and is said to be there alone", () => {
    const tape = registry();
    const at = tape.findIndex((event) => event.type === "image.removed");
    const tags = repositories(fold(tape.slice(0, at + 1))).flatMap((each) => each.tags);
    expect(tags.map((each) => each.here)).toEqual([false]);
  });
});

describe("a transfer that failed", () => {
  test("keeps its words, and the shelf stays as it was", () => {
    const scene = after("transfer.failed", 4);
    expect(latestTransfer(scene)).toMatchObject({
      state: "failed",
      diagnosis: { code: "not-in-registry" },
    });
    expect(scene.registry).toEqual(after("image.pulled", 3).registry);
  });

  test("says nothing more when it is over", () => {
    const scene = after("transfer.failed", 4);
    const late = new TapeMaker().add({
      type: "transfer.progressed",
      transfer: 4,
      blob: "0".repeat(12),
      layer: null,
      state: "moving",
      current: 1,
      total: 2,
    }).last;
    expect(reduce(scene, late).transfers).toBe(scene.transfers);
  });
});

describe("the sentences", () => {
  test("tell a push and a pull in plain words", () => {
    expect(sentences(registry())).toEqual(
      expect.arrayContaining([
        `A push of ${NAME} began: the image goes to the registry, layer by layer.`,
        expect.stringMatching(
          /^Layer [0-9a-f]{12} \(“FROM busybox”\) already exists in the registry, so it is not sent\.$/,
        ),
        expect.stringMatching(/^Layer .* \(“RUN make big”\) is being sent: 5 MB of 21 MB\.$/),
        expect.stringMatching(/^Layer .* \(“RUN make new”\) was fetched \(40 B\)\.$/),
        expect.stringMatching(
          /^Image registry\.lab\/my-app:1\.0 is in the registry now \(2 layers sent, 1 already existed\); its manifest is [0-9a-f]{12}\.$/,
        ),
        `Image ${NAME} was pulled (1 layer fetched, 3 already existed): an image of 4 layers, 23 MB.`,
        "The pull of registry.lab/other:1.0 failed: The registry has no image “registry.lab/other:1.0”.",
        `The push of ${NAME} reached a limit: a push or a pull may take 2 min.`,
      ]),
    );
  });
});

describe("the name proposed for a push", () => {
  const image = (...tags: string[]): Image => ({
    digest: digest("image"),
    tags,
    layers: [],
    size: 0,
    config: {},
    build: null,
    committedFrom: null,
    seq: 1,
  });

  test.each([
    [["my-app:latest"], "registry.lab/my-app:latest"],
    [["my-app:latest", NAME], NAME],
    [["elsewhere.example/team/app:2"], "registry.lab/app:2"],
    [[], "registry.lab/my-app:1.0"],
  ])("of an image called %j is %s", (tags, name) => {
    expect(pushName(image(...tags))).toBe(name);
  });
});

test("any tape at all leaves a shelf that can be shown, with every reference once", () => {
  fc.assert(
    fc.property(arbitraryTape, (tape) => {
      const scene = fold(tape);
      const tags = repositories(scene).flatMap((repository) => repository.tags);
      expect(tags.map((each) => each.reference).toSorted()).toEqual(
        scene.registry.map((each) => each.reference).toSorted(),
      );
      for (const { blobs, direction } of scene.transfers) {
        for (const blob of blobs) {
          expect(blobWords(blob, direction)).toMatch(/\S/);
          expect(faceOf(scene, blob).kind).toMatch(/\S/);
        }
      }
      for (const transfer of scene.transfers) expect(transferWords(transfer)).toMatch(/layer/);
    }),
  );
});

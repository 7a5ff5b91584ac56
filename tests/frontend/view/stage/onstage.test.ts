import { describe, expect, it } from "vitest";

import { emptyScene } from "@/scene/reduce";
import { buildOnShelf, imagesShown, onStage } from "@/view/stage/onstage";

import { buildTape, containersTape, digest, failingTape, hex, lastScene, plan, Tape } from "./tape";

describe("what stands on the stage", () => {
  it("is nothing in an empty lab", () => {
    expect(onStage(emptyScene(), null)).toEqual({ what: "nothing" });
  });

  it("is a build from its first moment, also while it waits", () => {
    const tape = buildTape().add({ type: "build.queued", build: 2, position: 2 });
    expect(onStage(lastScene(tape), null)).toMatchObject({ what: "build", build: { build: 2 } });
  });

  it("is the image when its build is done", () => {
    const shown = onStage(lastScene(buildTape()), null);
    expect(shown).toMatchObject({ what: "image", image: { digest: digest("image-1") } });
  });

  it("is the failed build until something happens to an image", () => {
    const tape = buildTape();
    tape.start(2, plan(["FROM nothing"])).add({
      type: "build.failed",
      build: 2,
      message: "no such image",
      diagnosis: null,
    });
    expect(onStage(lastScene(tape), null).what).toBe("build");
    tape.container("late_robin", "image-1");
    expect(onStage(lastScene(tape), null).what).toBe("image");
  });

  it("stays the image that was chosen while another build runs", () => {
    const tape = buildTape().start(2, plan(["FROM alpine:3.20"]));
    const shown = onStage(lastScene(tape), digest("image-1"));
    expect(shown).toMatchObject({ what: "image", image: { digest: digest("image-1") } });
    expect(buildOnShelf(lastScene(tape))).toMatchObject({ build: 2 });
  });

  it("goes back to what is newest when the chosen image is gone", () => {
    expect(onStage(lastScene(failingTape()), digest("image-1")).what).toBe("build");
  });

  it("is the image that was built last, also when all of it came from the cache", () => {
    const tape = buildTape();
    tape
      .start(2, plan(["FROM alpine:3.20"]), "other:1")
      .built(2, "image-2", ["base"], 1, "other:1");
    tape.start(3, plan(["FROM python:3.12-slim"]));
    tape.built(3, "image-1", ["base", "workdir", "requirements", "compiled", "app"], 1);
    expect(onStage(lastScene(tape), null)).toMatchObject({ image: { digest: digest("image-1") } });
  });
});

describe("the shelf", () => {
  it("keeps an image that was removed by force while containers stand on it", () => {
    const tape = containersTape(1).add({ type: "image.removed", image: digest("image-1") });
    const [orphan] = imagesShown(lastScene(tape));
    expect(orphan).toMatchObject({ digest: digest("image-1"), tags: [] });
    expect(orphan?.layers).toHaveLength(5);
  });

  it("lets it go with its last container", () => {
    const tape = containersTape(1).add({ type: "image.removed", image: digest("image-1") });
    tape.add({ type: "container.removed", container: hex("brave_otter") });
    expect(imagesShown(lastScene(tape))).toEqual([]);
  });

  it("shows no build that is done", () => {
    expect(buildOnShelf(lastScene(buildTape()))).toBeNull();
    expect(buildOnShelf(lastScene(new Tape().open()))).toBeNull();
    expect(buildOnShelf(lastScene(failingTape()))).toMatchObject({ state: "failed" });
  });
});

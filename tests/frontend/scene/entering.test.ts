import { describe, expect, test } from "vitest";

import { dockerCommand } from "@/scene/commands";
import { difference } from "@/scene/difference";
import { fold, reduce } from "@/scene/reduce";
import { imageInFocus, imageName, imageTitle, nameOfImage, stack } from "@/scene/select";
import { sentence } from "@/scene/transcript";

import { ENTERED, entering, LOOKING } from "../tapes/entering";
import { failing } from "../tapes/golden";

const tape = entering();
const place = tape.findIndex(({ type }) => type === "step.entered");
const event = tape[place];
if (event?.type !== "step.entered") throw new Error("the tape enters a step");
const before = fold(tape.slice(0, place));
const after = reduce(before, event);

describe("a step that was entered", () => {
  test("is an image of its own, named after the step", () => {
    const image = after.images.find(({ digest }) => digest === ENTERED);
    expect(image?.entered).toEqual({ build: 1, step: 3, tag: "my-app:latest" });
    expect(image && imageTitle(image)).toBe("my-app, after step 3");
    expect(nameOfImage(after, ENTERED)).toBe("my-app, after step 3");
    // A command line has to take the name.
    expect(image && imageName(image)).toBe(ENTERED.slice(7, 19));
  });

  test("shows which instruction made each layer, also where no build has told it", () => {
    expect(stack(after, ENTERED).map(({ text, kind, size }) => [text, kind, size])).toEqual([
      ["FROM busybox", "base", 4_300_000],
      ["COPY app.sh /", "copy", 8],
    ]);
  });

  test("comes into focus, and appears on the stage", () => {
    expect(imageInFocus(after)?.digest).toBe(ENTERED);
    expect(difference(before, after)).toContainEqual({
      kind: "image-appeared",
      image: ENTERED,
      build: null,
    });
  });

  test("is told in a plain sentence", () => {
    expect(sentence(event, before)).toBe(
      "Step 3 of build 1 was entered: the image as it was after that step, with 2 layers " +
        "(4.3 MB), to look around in.",
    );
    const created = tape[place + 1];
    expect(created && sentence(created, after)).toContain(
      "was made from image my-app, after step 3,",
    );
  });

  test("loses its mark with its first tag, and stays what it was when it is built again", () => {
    const built = reduce(after, {
      v: 1,
      seq: event.seq + 1,
      at_ms: event.at_ms + 1,
      type: "image.built",
      build: 1,
      image: ENTERED,
      tags: ["my-app:latest"],
      layers: event.layers.map(({ layer }) => layer),
      size: event.size,
      config: event.config,
      duration_ms: 1,
    });
    const [image] = built.images;
    expect(image?.entered).toBeUndefined();
    expect(image && imageTitle(image)).toBe("my-app:latest");
    // Entering what is built already changes no image.
    expect(reduce(built, { ...event, seq: event.seq + 2 }).images).toBe(built.images);
  });

  test("leaves the containers that are made of it to be found on it", () => {
    expect(fold(tape).containers.map(({ id, image }) => [id, image])).toEqual([[LOOKING, ENTERED]]);
  });
});

describe("the docker command for entering a step", () => {
  test("cuts the Dockerfile after the step, builds it and opens a shell in it", () => {
    const step = before.builds[0]?.steps[1];
    expect(dockerCommand({ type: "step.enter", build: 1, step: 2 }, before)).toBe(
      `head -n ${step?.line_end} Dockerfile | docker build -t after-step-2 -f - . && ` +
        "docker run -it --rm --entrypoint sh after-step-2",
    );
  });

  test("is empty for a step that nobody knows", () => {
    expect(dockerCommand({ type: "step.enter", build: 9, step: 2 }, fold(failing()))).toBe("");
  });
});

import { describe, expect, it } from "vitest";

import { emptyScene } from "@/scene/reduce";
import { Arrivals, landingOf } from "@/view/stage/arrivals";
import { stackOfImage } from "@/view/stage/stacks";

import { buildTape, containersTape, digest, hex, lastScene } from "./tape";

describe("layers that come", () => {
  it("land one after another, also when a whole build comes with one frame", () => {
    const arrivals = new Arrivals();
    arrivals.follow(emptyScene(), true, 0);
    const landings = [...arrivals.follow(lastScene(buildTape()), true, 1000).values()];
    expect(landings).toEqual([0, 110, 220, 330, 440]);
  });

  it("wait for those of the frame before that have not landed yet", () => {
    const arrivals = new Arrivals();
    arrivals.follow(emptyScene(), true, 0);
    arrivals.follow(lastScene(buildTape(2)), true, 1000);
    const [next] = arrivals.follow(lastScene(buildTape(4)), true, 1016).values();
    expect(next).toBe(204);
  });

  it("are drawn at once for one who scrubs or wants no motion", () => {
    const arrivals = new Arrivals();
    arrivals.follow(emptyScene(), true, 0);
    expect(arrivals.follow(lastScene(buildTape()), false, 0).size).toBe(0);
    expect(arrivals.follow(lastScene(buildTape()), true, 0).size).toBe(0);
  });

  it("are not those that were there when the page was opened", () => {
    expect(new Arrivals().follow(lastScene(buildTape()), true, 0).size).toBe(0);
  });

  it("of a commit are the committed layer alone", () => {
    const tape = containersTape(1);
    const arrivals = new Arrivals();
    arrivals.follow(lastScene(tape), true, 0);
    tape.add({
      type: "image.committed",
      image: digest("noted"),
      container: hex("brave_otter"),
      layer: digest("written"),
      layer_size: 24,
      tags: [],
      layers: [digest("base"), digest("written")],
      size: 1,
      config: {},
    });
    const scene = lastScene(tape);
    const landings = arrivals.follow(scene, true, 0);
    const [, image] = scene.images;
    const slabs = image ? stackOfImage(image, scene).slabs : [];
    expect(slabs.map((slab) => landingOf(landings, null, slab))).toEqual([null, 0]);
  });
});

import { describe, expect, it } from "vitest";

import { dockerCommand } from "@/scene/commands";
import { fold } from "@/scene/reduce";
import { proposal, pushCommands, pushProblem } from "@/view/help/push";

import { built, NAME } from "../../tapes/registry";

const { tape, image } = built();
const scene = fold(tape.events);
const lines = (name: string): string[] =>
  pushCommands(image, name, scene).map((command) => dockerCommand(command, scene));

describe("the push dialog", () => {
  it("proposes the name that the image has in the registry", () => {
    expect(proposal(image, scene)).toBe(NAME);
  });

  it("gives an image its name first, as docker wants it", () => {
    expect(lines("registry.lab/my-app:2.0")).toEqual([
      "docker tag my-app:latest registry.lab/my-app:2.0",
      "docker push registry.lab/my-app:2.0",
    ]);
  });

  it("only pushes what has the name already", () => {
    expect(lines(NAME)).toEqual([`docker push ${NAME}`]);
  });

  it("means latest where no tag is given", () => {
    expect(lines("registry.lab/my-app").at(-1)).toBe("docker push registry.lab/my-app:latest");
  });

  it.each([
    "my-app:1.0",
    "elsewhere.example/my-app",
    "",
    "registry.lab/My-App",
    "registry.lab/a:b c",
  ])("says what is wrong with %j", (name) => {
    expect(pushProblem(name)).not.toBeNull();
  });

  it("takes a name in the registry", () => {
    expect(pushProblem("registry.lab/team/my-app:1.0")).toBeNull();
  });
});

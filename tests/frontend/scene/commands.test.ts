import { execFileSync } from "node:child_process";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { COMMAND_TYPES, type AnyCommand } from "@/events/generated";
import {
  diffCommand,
  dockerCommand,
  historyCommand,
  inspectCommand,
  quote,
  readCommand,
} from "@/scene/commands";
import { fold } from "@/scene/reduce";

import { story } from "../tapes/golden";
import { hex } from "../tapes/maker";

const container = "web";

const LINES: readonly (readonly [AnyCommand, string])[] = [
  [{ type: "files.save", files: [] }, ""],
  [{ type: "build", files: [] }, "docker build -t my-app:latest ."],
  [
    {
      type: "build",
      files: [],
      tag: "a:1",
      args: { NAME: "two words" },
      target: "builder",
      no_cache: true,
    },
    "docker build -t a:1 --build-arg 'NAME=two words' --target builder --no-cache .",
  ],
  [{ type: "build.cancel", build: 1 }, ""],
  // With the scene it has words: entering.test.ts.
  [{ type: "step.enter", build: 1, step: 2 }, ""],
  [{ type: "container.run", image: "a:1" }, "docker run -d a:1"],
  [
    {
      type: "container.run",
      image: "a:1",
      name: "web",
      env: { A: "it's" },
      command: ["sh", "-c", "echo $A; ls"],
    },
    "docker run -d --name web -e 'A=it'\\''s' a:1 sh -c 'echo $A; ls'",
  ],
  [{ type: "container.run", image: "a:1", start: false }, "docker create a:1"],
  [{ type: "container.start", container }, "docker start web"],
  [{ type: "container.stop", container }, "docker stop web"],
  [{ type: "container.stop", container, grace_seconds: 2.5 }, "docker stop -t 3 web"],
  [{ type: "container.kill", container }, "docker kill web"],
  [{ type: "container.kill", container, signal: "SIGTERM" }, "docker kill --signal SIGTERM web"],
  [{ type: "container.restart", container }, "docker restart web"],
  [{ type: "container.pause", container }, "docker pause web"],
  [{ type: "container.resume", container }, "docker unpause web"],
  [{ type: "container.rename", container, name: "b" }, "docker rename web b"],
  [{ type: "container.remove", container }, "docker rm web"],
  [{ type: "container.remove", container, force: true }, "docker rm -f web"],
  [{ type: "container.commit", container, tag: "a:2" }, "docker commit web a:2"],
  [{ type: "exec.start", container, terminal: true }, "docker exec -it web sh"],
  [{ type: "exec.start", container, command: ["cat", "/a b"] }, "docker exec web cat '/a b'"],
  [{ type: "exec.type", exec: "0", data: "ls\r" }, ""],
  [{ type: "exec.resize", exec: "0", columns: 80, rows: 24 }, ""],
  [{ type: "exec.end", exec: "0" }, ""],
  [{ type: "image.tag", image: "a:1", tag: "b:1" }, "docker tag a:1 b:1"],
  [{ type: "image.remove", image: "a:1", force: true }, "docker rmi -f a:1"],
  [{ type: "image.push", tag: "registry.lab/a:1" }, "docker push registry.lab/a:1"],
  [{ type: "image.pull", reference: "registry.lab/a:1" }, "docker pull registry.lab/a:1"],
];

describe("the docker command of an action", () => {
  test.each(LINES)("%j", (command, line) => {
    expect(dockerCommand(command)).toBe(line);
  });

  test("is known for every command that the site takes", () => {
    const tried = new Set(LINES.map(([command]) => command.type));
    expect(COMMAND_TYPES.filter((type) => !tried.has(type))).toEqual([]);
  });

  test("says ids as names when the scene knows them, and short when it does not", () => {
    const scene = fold(story());
    const [first] = scene.containers;
    const image = scene.images.at(-1)?.digest ?? "";
    expect(dockerCommand({ type: "container.stop", container: first?.id ?? "" }, scene)).toBe(
      "docker stop brave_hopper",
    );
    expect(dockerCommand({ type: "container.run", image }, scene)).toBe(
      "docker run -d my-app:latest",
    );
    expect(inspectCommand(image, scene)).toBe("docker inspect my-app:latest");
    expect(historyCommand(image, scene)).toBe("docker history my-app:latest");
    expect(diffCommand(hex("gone"), scene)).toBe(`docker diff ${hex("gone").slice(0, 12)}`);
    expect(readCommand(first?.id ?? "", "/a b", scene)).toBe("docker cp 'brave_hopper:/a b' -");
  });

  test("is taken by a shell as the very words that were meant", () => {
    const word = fc.string({ unit: "binary", maxLength: 30 }).filter((each) => !/\0/.test(each));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        const script = `printf '%s\\0' ${words.map(quote).join(" ")}`;
        const said = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
        expect(said.split("\0").slice(0, -1)).toEqual(words);
      }),
      { numRuns: 40 },
    );
  });
});

import { describe, expect, it } from "vitest";

import type { FileChange } from "@/events/generated";
import { offersFor } from "@/view/stage/actions";
import { configOfBuild, configOfImage } from "@/view/stage/config";
import { endedBadly, notableChanges, shortPath, stateWord } from "@/view/stage/containers";
import { argumentsOf } from "@/view/stage/kinds";
import { marksOf, originOf } from "@/view/stage/origins";
import { progressWords } from "@/view/stage/progress";
import { lastLine, slabName, stateNote } from "@/view/stage/slab";
import { stacksOfBuild } from "@/view/stage/stacks";

import { buildTape, containersTape, failingTape, lastScene, plan, Tape } from "./tape";

const change = (path: string, kind: FileChange["kind"], size = 1): FileChange => ({
  path,
  kind,
  size,
});

describe("a container in words", () => {
  const containers = lastScene(containersTape(6)).containers;

  it("says how each of them is", () => {
    expect(containers.map(stateWord)).toEqual([
      "running",
      "stopped",
      "running",
      "failed",
      "running",
      "paused",
    ]);
  });

  it("tells an end that was asked for from one that was not", () => {
    expect(containers.map(endedBadly)).toEqual([false, false, false, true, false, false]);
  });

  it("offers what its state allows, each with its docker command", () => {
    const offers = containers.slice(0, 2).map((container) => offersFor(container).first);
    expect(offers.map((list) => list.map((offer) => offer.tip))).toEqual([
      ["docker exec -it brave_otter sh", "docker stop brave_otter", "docker rm -f brave_otter"],
      ["docker start calm_heron", "docker rm calm_heron"],
    ]);
  });
});

describe("the changes worth a chip", () => {
  it("leave out a directory that is listed only for what is in it", () => {
    const paths = notableChanges([
      change("/app", "modified", 0),
      change("/app/app.py", "modified"),
      change("/apple", "added"),
    ]).map(({ path }) => path);
    expect(paths).toEqual(["/app/app.py", "/apple"]);
  });

  it("keep a directory that was deleted, and name what is hidden first", () => {
    const kinds = notableChanges([
      change("/new", "added"),
      change("/etc/old", "deleted", 0),
      change("/mid", "modified"),
    ]).map(({ kind }) => kind);
    expect(kinds).toEqual(["deleted", "modified", "added"]);
  });

  it("name a path once, also when a tape lists it twice", () => {
    const changes = [change("/a", "added", 1), change("/a", "modified", 2)];
    expect(notableChanges(changes)).toEqual([change("/a", "modified", 2)]);
  });

  it("name a cache that a program left after what was written on purpose", () => {
    const paths = notableChanges([
      change("/app/__pycache__/app.cpython-312.pyc", "added"),
      change("/root/note.txt", "added"),
    ]).map(({ path }) => path);
    expect(paths).toEqual(["/root/note.txt", "/app/__pycache__/app.cpython-312.pyc"]);
  });

  it("cut a long path in the middle, never the file's name", () => {
    expect(shortPath("/usr/local/lib/python3.12/site-packages/requests/api.py")).toBe(
      "/usr/local/lib/…/api.py",
    );
    expect(shortPath("/app/app.py")).toBe("/app/app.py");
  });
});

describe("where a changed file came from", () => {
  const files = new Map([
    ["low", new Set(["/app/app.py", "/etc/motd"])],
    ["high", new Set(["/app/app.py"])],
  ]);

  it("is the highest layer that holds it", () => {
    expect(originOf("/app/app.py", ["low", "high"], files)).toBe("high");
    expect(originOf("/etc/motd", ["low", "high"], files)).toBe("low");
  });

  it("is not guessed when no layer is known to hold it", () => {
    expect(originOf("/app/app.py", ["low"], new Map())).toBeUndefined();
  });

  it("marks the layer once, however many containers copied the file up", () => {
    const containers = lastScene(containersTape(1)).containers;
    const marks = marksOf([...containers, ...containers], () => "layer");
    expect([...marks]).toEqual([["layer", ["/app/app.py"]]]);
  });
});

describe("a slab in words", () => {
  it("says its state where it is not plainly made", () => {
    const scene = lastScene(failingTape());
    const slabs = scene.builds[0] ? (stacksOfBuild(scene.builds[0], scene)?.main.slabs ?? []) : [];
    expect(slabs.map(stateNote)).toEqual(["", "", "", "failed, exit 127", "never reached"]);
    expect(slabs[2] && slabName(slabs[2])).toBe(
      "COPY requirements.txt ., read-only layer of 64 B, 3 files added",
    );
  });

  it("shows the last line that a step wrote, without its control sequences", () => {
    const chunks = [
      { seq: 1, stream: "stdout" as const, text: "one\ntwo\n" },
      { seq: 2, stream: "stdout" as const, text: "\u001b[31mthree\u001b[0m\n\n" },
    ];
    expect(lastLine({ chunks, dropped: 0, truncated: false })).toBe("three");
    expect(lastLine({ chunks: [], dropped: 0, truncated: false })).toBe("");
  });

  it("leaves the keyword out of the text beside it", () => {
    expect(argumentsOf("COPY", "copy app.py .")).toBe("app.py .");
    expect(argumentsOf("COMMIT", "docker commit web")).toBe("docker commit web");
  });
});

describe("a build's config", () => {
  const build = (upTo: number) => lastScene(buildTape(upTo)).builds;

  it("outlines what is to come, and fills it in", () => {
    const states = (upTo: number) =>
      build(upTo).flatMap((one) => configOfBuild(one, 0).map((line) => [line.field, line.state]));
    expect(states(0)).toEqual([
      ["Env", "planned"],
      ["ExposedPorts", "planned"],
      ["Cmd", "planned"],
    ]);
    expect(states(3)[0]).toEqual(["Env", "set"]);
  });

  it("promises nothing more once the build has failed", () => {
    const [failed] = lastScene(failingTape()).builds;
    expect(failed && configOfBuild(failed, 0).map((line) => line.field)).toEqual(["Env"]);
  });

  it("of a finished image leaves out what is not set", () => {
    const lines = configOfImage({ Cmd: ["sh"], Env: [], User: "", Labels: null });
    expect(lines.map((line) => [line.field, line.values])).toEqual([["Cmd", ['["sh"]']]]);
  });
});

describe("a build's progress", () => {
  it("counts only the steps that are carried out", () => {
    const words = (tape: Tape) => lastScene(tape).builds.map(progressWords);
    expect(words(buildTape(0))).toEqual(["step 1 of 8"]);
    expect(words(failingTape())).toEqual(["failed at step 5 of 8"]);
    expect(words(buildTape())).toEqual(["built in 8 steps"]);
  });

  it("says that layers are read when all steps are done and the image is not there yet", () => {
    const tape = new Tape().open().start(1, plan(["FROM a", "RUN l"]));
    for (const step of [1, 2]) {
      tape.add({ type: "step.finished", build: 1, step, duration_ms: 5 });
    }
    expect(lastScene(tape).builds.map(progressWords)).toEqual(["2 steps done, reading the layers"]);
  });

  it("names all steps that run at the same time", () => {
    const lines = [
      "FROM a AS left",
      "RUN l",
      "FROM a AS right",
      "RUN r",
      "FROM left",
      "COPY --from=right /r /",
    ];
    const tape = new Tape().open().start(1, plan(lines));
    const words = () => lastScene(tape).builds.map(progressWords);
    for (const step of [2, 4]) tape.add({ type: "step.started", build: 1, step });
    expect(words()).toEqual(["steps 2 and 4 of 6"]);
    tape.add({ type: "step.finished", build: 1, step: 2, duration_ms: 5 });
    expect(words()).toEqual(["step 4 of 6"]);
  });

  it("says how many builds are before one that waits", () => {
    const tape = new Tape().open().add({ type: "build.queued", build: 1, position: 3 });
    expect(lastScene(tape).builds.map(progressWords)).toEqual(["waits, 2 before it"]);
  });
});

import { describe, expect, it } from "vitest";

import {
  buildCommand,
  buildProblems,
  EMPTY_BUILD,
  EMPTY_RUN,
  hasOptions,
  nameProblem,
  readPairs,
  runCommands,
  runProblems,
  tagProblem,
} from "@/view/lab/run-form";

describe("an image's name", () => {
  it.each([
    "my-app:latest",
    "my-app",
    "a/b/c:1.0",
    "localhost:5000/app",
    "registry.example.com/team/app:v1",
    "a__b",
  ])("%s is one", (tag) => {
    expect(tagProblem(tag)).toBeNull();
  });

  it.each([
    ["", /Give the image a name/],
    ["My-App", /lower case/],
    ["app:", /After the colon/],
    ["app:a b", /After the colon/],
    ["-app", /lower-case letters/],
    ["app/", /lower-case letters/],
    ["a b", /lower-case letters/],
    ["x".repeat(129), /128/],
  ])("%j is none, and it says why", (tag, reason) => {
    expect(tagProblem(tag)).toMatch(reason);
  });
});

it("a container's name is checked, and must be free", () => {
  expect(nameProblem("", [])).toBeNull();
  expect(nameProblem("web-1", [])).toBeNull();
  expect(nameProblem("web-1", ["web-1"])).toMatch(/already/);
  expect(nameProblem("-x", [])).toMatch(/start with a letter/);
  expect(nameProblem("a", [])).toMatch(/two characters/);
});

describe("KEY=value lines", () => {
  it("are read as an env file is", () => {
    expect(readPairs("A=1\n\n# no\nB=x=y\r\nC=")).toEqual({ pairs: { A: "1", B: "x=y", C: "" } });
  });

  it.each([
    ["A", /Line 1: write A=value/],
    ["A=1\n1B=2", /Line 2: “1B” is no name/],
    ["=x", /no name/],
  ])("%j is refused with its line", (text, reason) => {
    expect(readPairs(text)).toEqual({ problem: expect.stringMatching(reason) });
  });
});

describe("running", () => {
  it("one container needs nothing but the image", () => {
    expect(runCommands("my-app", EMPTY_RUN)).toEqual([{ type: "container.run", image: "my-app" }]);
  });

  it("several of one name are numbered, since a name can be had once", () => {
    const commands = runCommands("my-app", { ...EMPTY_RUN, name: "web", count: 3 });
    expect(commands.map((command) => command.name)).toEqual(["web-1", "web-2", "web-3"]);
  });

  it("takes a command, variables, and whether to start", () => {
    const fields = { ...EMPTY_RUN, command: "sh -c 'sleep 5'", env: "A=1", start: false };
    expect(runCommands("x", fields)).toEqual([
      {
        type: "container.run",
        image: "x",
        command: ["sh", "-c", "sleep 5"],
        env: { A: "1" },
        start: false,
      },
    ]);
  });

  it("tells what is wrong beside each field", () => {
    const fields = { ...EMPTY_RUN, name: "web", command: "'", env: "A", count: 4 };
    expect(runProblems(fields, ["web-2"], 3)).toEqual({
      name: expect.stringMatching(/already/),
      command: expect.stringMatching(/quote/),
      env: expect.stringMatching(/A=value/),
      count: expect.stringMatching(/room for 3 more containers/),
    });
    expect(runProblems({ ...EMPTY_RUN, count: Number.NaN }, [], 3).count).toMatch(/one or more/);
    expect(runProblems({ ...EMPTY_RUN, count: 1 }, [], 0).count).toMatch(/full/);
  });
});

describe("building", () => {
  const files = [{ path: "Dockerfile", text: "FROM x" }];

  it("sends the files and the name, and options only when they are given", () => {
    expect(buildCommand(files, EMPTY_BUILD)).toEqual({
      type: "build",
      files,
      tag: "my-app:latest",
    });
    const fields = { tag: "a", args: "V=1", target: "test", noCache: true };
    expect(buildCommand(files, fields)).toMatchObject({
      args: { V: "1" },
      target: "test",
      no_cache: true,
    });
    expect([hasOptions(EMPTY_BUILD), hasOptions(fields)]).toEqual([false, true]);
  });

  it("tells what is wrong", () => {
    expect(buildProblems({ tag: "A", args: "x", target: "a b", noCache: false })).toEqual({
      tag: expect.any(String),
      args: expect.any(String),
      target: expect.any(String),
    });
    expect(buildProblems(EMPTY_BUILD)).toEqual({});
  });
});

/** The golden tapes made by hand: a student's story, a failing build, a multi-stage one, limits. */
import type { AnyEvent, EngineInfo, FileChange } from "@/events/generated";

import { digest, execId, file, TapeMaker, type Work } from "./maker";
import { entering } from "./entering";
import { registry } from "./registry";

const APP = "import os, time\nprint(os.environ['GREETING'])\ntime.sleep(3600)\n";
const APP_CHANGED = APP.replace("GREETING'])", "GREETING'], 'again')");

export const BASE = [
  { digest: digest("debian"), size: 74_806_000 },
  { digest: digest("python"), size: 44_120_000 },
];

const CONFIG = {
  Env: ["PATH=/usr/local/bin:/usr/bin:/bin", "PYTHON_VERSION=3.12.0", "GREETING=Hello"],
  Cmd: ["python", "app.py"],
  WorkingDir: "/app",
};

/** The starter's steps; those before `from` (counted from 1) come out of the cache. */
export function starter(app: string, from = 1): Work[] {
  const work: Work[] = [
    { text: "FROM python:3.12-slim", makes: "base", layers: BASE },
    { text: "WORKDIR /app", makes: "layer", layers: [{ digest: digest("workdir"), size: 0 }] },
    {
      text: "COPY app.py .",
      makes: "layer",
      reads: ["app.py"],
      layers: [{ digest: digest(`copy ${app}`), size: app.length }],
    },
    {
      text: 'RUN echo "built with care" > built.txt',
      makes: "layer",
      layers: [{ digest: digest("run"), size: 16 }],
      ms: 34,
    },
    { text: "ENV GREETING=Hello", makes: "config", config: { field: "Env", value: CONFIG.Env } },
    {
      text: 'CMD ["python", "app.py"]',
      makes: "config",
      config: { field: "Cmd", value: CONFIG.Cmd },
    },
  ];
  return work.map((each, index) => ({ ...each, cached: index + 1 < from }));
}

/** Build, run three, write in one, stop, start, remove, run a new one, change a line, build again. */
export function story(): AnyEvent[] {
  const tape = new TapeMaker().open().wait(2500);
  const first = tape.build({
    build: 1,
    files: [file("Dockerfile", "…"), file("app.py", APP)],
    work: starter(APP),
    config: CONFIG,
  });
  if (!first) throw new Error("the story's first build makes an image");
  const [calm, brave, quiet] = ["calm_turing", "brave_hopper", "quiet_lovelace"].map((name) => {
    const id = tape.wait(900).container(name, first);
    tape.says(id, "Hello\n");
    return id;
  }) as [string, string, string];
  const note: FileChange = { path: "/app/note.txt", kind: "added", size: 6 };
  shell(tape, calm, "echo hello > note.txt", [note]);
  tape.wait(1500).exit(calm, 137, "stopped");
  tape.add({ type: "container.started", container: calm, pid: 1, ip: null }, 1200);
  tape.says(calm, "Hello\n");
  tape.add(
    {
      type: "image.committed",
      image: digest("committed"),
      container: calm,
      layer: digest("committed layer"),
      layer_size: 6,
      tags: ["my-app:with-note"],
      layers: [
        ...BASE.map((layer) => layer.digest),
        digest("workdir"),
        digest(`copy ${APP}`),
        digest("run"),
        digest("committed layer"),
      ],
      size: 118_926_100,
      config: CONFIG,
    },
    1500,
  );
  tape.exit(calm, 137, "killed");
  tape.add({ type: "container.removed", container: calm }, 40);
  const fresh = tape.wait(1200).container("fresh_curie", first);
  tape.says(fresh, "Hello\n");
  again(tape, first);
  tape.wait(800).exit(brave, 137, "stopped").exit(quiet, 137, "stopped");
  return tape.events;
}

/** The second build of the story: a line of app.py is another one, so COPY and RUN run again. */
function again(tape: TapeMaker, first: string): void {
  const work = starter(APP_CHANGED, 3).map((each) =>
    each.text.startsWith("RUN")
      ? { ...each, layers: [{ digest: digest("run again"), size: 16 }] }
      : each,
  );
  tape.wait(2000).build({
    build: 2,
    files: [file("Dockerfile", "…"), file("app.py", APP_CHANGED)],
    work,
    config: CONFIG,
  });
  tape.add({ type: "image.untagged", image: first, tag: "my-app:latest" }, 0);
}

/** A shell is opened, one line is typed, and the container's own layer grows. */
export function shell(
  tape: TapeMaker,
  container: string,
  line: string,
  changes: FileChange[],
): TapeMaker {
  const exec = execId(`${container} ${line}`);
  const base = { container, exec };
  tape.add({ type: "exec.started", ...base, command: ["bash"], terminal: true }, 800);
  const prompt = "\u001b[1mroot:/app# \u001b[0m";
  tape.add({ type: "exec.output", ...base, stream: "stdout", text: prompt });
  tape.add({ type: "exec.output", ...base, stream: "stdout", text: `${line}\r\n` }, 900);
  tape.changes(container, changes);
  tape.add({ type: "exec.output", ...base, stream: "stdout", text: `${prompt}exit\r\n` }, 700);
  return tape.add({ type: "exec.exited", ...base, exit_code: 0 });
}

/** A misspelt package: the third step fails; then the line is mended, and the build goes through. */
export function failing(): AnyEvent[] {
  const tape = new TapeMaker().open().wait(1000);
  const files = [file("Dockerfile", "…"), file("app.py", APP)];
  const broken: Work[] = [
    ...starter(APP).slice(0, 2),
    {
      text: "RUN cat /app/missing.txt",
      makes: "layer",
      output: ["cat: /app/missing.txt: No such file or directory\n"],
      fails: {
        message: "the command returned a non-zero code: 1",
        exitCode: 1,
        diagnosis: {
          code: "no-such-file",
          severity: "error",
          title: "The command looks for a file that is not in the image.",
          why: "/app/missing.txt was neither copied nor made by an earlier step.",
          try: "COPY the file before this line, or correct its name.",
          line: 3,
          line_end: 3,
          fix: null,
        },
      },
    },
    ...starter(APP).slice(4),
  ];
  tape.build({ build: 1, files, work: broken });
  tape.wait(4000).build({ build: 2, files, work: starter(APP, 3), config: CONFIG });
  return tape.events;
}

/** Three stages, of which the target needs two, and the stage that is needed is copied from. */
export function multistage(): AnyEvent[] {
  const tape = new TapeMaker().open().wait(500);
  tape.add({ type: "build.queued", build: 1, position: 2 });
  tape.add({ type: "build.queued", build: 1, position: 1 }, 700);
  const builder = { stage: 0, stageName: "builder" };
  const tests = { stage: 1, stageName: "tests", skipped: true };
  const last = { stage: 2 };
  const alpine = [{ digest: digest("alpine"), size: 7_800_000 }];
  const image = tape.build({
    build: 1,
    tag: "site:1",
    files: [file("Dockerfile", "…"), file("src/page.md", "# Page\n")],
    args: { TITLE: "Layers" },
    work: [
      { text: "FROM python:3.12-slim AS builder", makes: "base", layers: BASE, ...builder },
      { text: "ARG TITLE", makes: "config", ...builder },
      {
        text: "COPY src/ /src/",
        makes: "layer",
        reads: ["src/page.md"],
        layers: [{ digest: digest("src"), size: 7 }],
        ...builder,
      },
      {
        text: 'RUN mkdir /out && echo "$TITLE" > /out/index.html',
        makes: "layer",
        layers: [{ digest: digest("out"), size: 7 }],
        ms: 80,
        ...builder,
      },
      { text: "FROM builder AS tests", makes: "base", from: [4], ...tests },
      { text: "RUN test -s /out/index.html", makes: "layer", ...tests },
      { text: "FROM alpine:3.20", makes: "base", layers: alpine, ...last },
      {
        text: "COPY --from=builder /out/ /srv/",
        makes: "layer",
        from: [4],
        layers: [{ digest: digest("srv"), size: 7 }],
        ...last,
      },
      {
        text: 'CMD ["cat", "/srv/index.html"]',
        makes: "config",
        config: { field: "Cmd", value: ["cat", "/srv/index.html"] },
        ...last,
      },
    ],
    config: { Cmd: ["cat", "/srv/index.html"], Env: ["PATH=/bin"] },
  });
  if (!image) throw new Error("the multi-stage build makes an image");
  const page = tape.wait(600).container("page", image, ["cat", "/srv/index.html"]);
  tape.says(page, "Layers\n").exit(page, 0, "completed");
  return tape.events;
}

/** Limits of every kind, a pause, a rename, and an engine that goes away and comes back. */
export function limits(): AnyEvent[] {
  const tape = new TapeMaker().open();
  const image = tape.build({
    build: 1,
    files: [file("Dockerfile", "…"), file("app.py", APP)],
    work: starter(APP),
    config: CONFIG,
  });
  if (!image) throw new Error("the build makes an image");
  const loud = tape.container("loud", image, ["yes"]);
  for (let line = 0; line < 20; line += 1) tape.says(loud, "y\n".repeat(200));
  tape.add({
    type: "output.truncated",
    what: "output_bytes",
    limit: 262144,
    subject: `container:${loud}`,
  });
  tape.add({ type: "container.paused", container: loud }).wait(500);
  tape.add({ type: "container.resumed", container: loud });
  tape.add({ type: "container.renamed", container: loud, name: "very_loud" });
  const exec = execId("sleep");
  tape.add({
    type: "exec.started",
    container: loud,
    exec,
    command: ["sleep", "99"],
    terminal: false,
  });
  tape.add(
    { type: "limit.reached", what: "exec_seconds", limit: 60, subject: `exec:${exec}` },
    60_000,
  );
  tape.add({ type: "exec.exited", container: loud, exec, exit_code: 137 });
  const greedy = tape.container("greedy", image, ["python", "-c", "x = 'x' * 10**10"]);
  tape.says(greedy, "MemoryError\n", "stderr");
  tape.add({
    type: "limit.reached",
    what: "memory_bytes",
    limit: 67108864,
    subject: `container:${greedy}`,
  });
  tape.exit(greedy, 137, "out-of-memory");
  tape.add({ type: "engine.lost", message: "the site was stopped" }, 5000);
  tape.exit(loud, 137, "lost");
  tape.add({ type: "engine.restored", message: "images and stopped containers are there" }, 60_000);
  tape.add({ type: "image.tagged", image, tag: "my-app:kept" }, 900);
  tape.build({
    build: 2,
    files: [file("Dockerfile", "…"), file("app.py", APP)],
    work: starter(APP, 9),
    config: CONFIG,
    cancelAfterStep: 2,
  });
  tape.add({ type: "container.removed", container: greedy });
  tape.add({ type: "container.removed", container: loud });
  tape.add({ type: "image.removed", image });
  return tape.events;
}

/** Two containers on an engine that measures: one rests, one works until it runs out of memory. */
export function measured(): AnyEvent[] {
  const engine: EngineInfo = {
    kind: "docker",
    name: "Docker Engine",
    version: "20.10.24",
    simulated: false,
  };
  const tape = new TapeMaker().open(engine);
  const image = tape.build({
    build: 1,
    files: [file("Dockerfile", "…"), file("app.py", APP)],
    work: starter(APP),
    config: CONFIG,
  });
  if (!image) throw new Error("the build makes an image");
  const resting = tape.container("resting", image);
  const working = tape.container("working", image);
  const memory_limit = 67_108_864;
  tape.uses(resting, { cpu_percent: 0, memory: 7_340_032, memory_limit, pids: 1 });
  for (const memory of [9_437_184, 31_457_280, 66_060_288]) {
    tape.uses(working, { cpu_percent: 99.6, memory, memory_limit, pids: 3 });
  }
  tape.exit(working, 137, "out-of-memory");
  tape.add({ type: "container.started", container: working, pid: 2, ip: "10.213.0.3" }, 900);
  tape.uses(working, { cpu_percent: 0.4, memory: 7_340_032, memory_limit: null, pids: 1 });
  return tape.events;
}

export const GOLDEN: Readonly<Record<string, () => AnyEvent[]>> = {
  story,
  failing,
  multistage,
  limits,
  measured,
  registry,
  entering,
};

/** A build that fails on an engine that tells no layers then, and its last good step entered. */
import type { AnyEvent } from "@/events/generated";

import { digest, execId, file, hex, TapeMaker } from "./maker";

const BASE = digest("busybox");
const COPIED = digest("copied");
export const ENTERED = digest("after step 2");
export const LOOKING = hex("looking around");

const layer = (label: string, size: number) => ({
  layer: label,
  size,
  added: 1,
  modified: 0,
  deleted: 0,
});

export function entering(): AnyEvent[] {
  const tape = new TapeMaker().open().wait(500);
  tape.build({
    build: 1,
    tag: "my-app:latest",
    files: [file("Dockerfile", "…"), file("app.sh", "echo hi\n")],
    work: [
      { text: "FROM busybox", makes: "base", layers: [{ digest: BASE, size: 4_300_000 }] },
      { text: "COPY app.sh /", makes: "layer", reads: ["app.sh"] },
      { text: "ENV KIND=app", makes: "config" },
      {
        text: "RUN sh /app.sh --broken",
        makes: "layer",
        fails: { message: "it returned a non-zero code: 2", exitCode: 2, diagnosis: null },
      },
    ],
  });
  tape.wait(3000).add({
    type: "step.entered",
    build: 1,
    step: 3,
    image: ENTERED,
    layers: [layer(BASE, 4_300_000), layer(COPIED, 8)],
    size: 4_300_008,
    config: { Env: ["KIND=app"], Cmd: ["sh"] },
  });
  tape.add({
    type: "container.created",
    container: LOOKING,
    name: "step-3-of-build-1",
    image: ENTERED,
    command: ["/bin/sh", "-c", "wait"],
    hostname: LOOKING.slice(0, 12),
  });
  tape.add({ type: "container.started", container: LOOKING, pid: null, ip: null });
  const exec = execId("look");
  tape.wait(1500);
  tape.add({
    type: "exec.started",
    container: LOOKING,
    exec,
    command: ["cat", "/app.sh"],
    terminal: false,
  });
  tape.add({ type: "exec.output", container: LOOKING, exec, stream: "stdout", text: "echo hi\n" });
  tape.add({ type: "exec.exited", container: LOOKING, exec, exit_code: 0 });
  return tape.events;
}

import { describe, expect, it } from "vitest";

import type { AnyCommand } from "@/events/generated";
import { append, NO_OUTPUT } from "@/scene/output";
import { fold } from "@/scene/reduce";
import { unshown } from "@/view/terminal/feed";
import { runningShell, Shell, type Screen } from "@/view/terminal/terminals";
import { Typist } from "@/view/terminal/typist";

import { digest, execId, TapeMaker } from "../../tapes/maker";
import { Deferred, settled } from "../clock";

const EXEC = execId("shell");

class PaperScreen implements Screen {
  text = "";
  size = { columns: 80, rows: 24 };
  write(text: string): void {
    this.text += text;
  }
}

/** The server's side: every command is noted, and answered by the test. */
class Server {
  readonly commands: AnyCommand[] = [];
  readonly answers: Deferred<Record<string, unknown>>[] = [];
  readonly send = (command: AnyCommand): Promise<Record<string, unknown>> => {
    this.commands.push(command);
    const answer = new Deferred<Record<string, unknown>>();
    this.answers.push(answer);
    return answer.promise;
  };
}

describe("keys on their way", () => {
  function typing() {
    const server = new Server();
    const failures: unknown[] = [];
    const typist = new Typist(
      (data) => server.send({ type: "exec.type", exec: EXEC, data }),
      (error) => failures.push(error),
    );
    const sent = () => server.commands.map((c) => (c.type === "exec.type" ? c.data : ""));
    return { server, typist, sent, failures };
  }

  it("go one after another, what waits goes together", async () => {
    const { server, typist, sent } = typing();
    typist.type("l");
    typist.type("s");
    typist.type("\r");
    expect(sent()).toEqual(["l"]);
    server.answers[0]?.resolve({});
    await settled();
    expect(sent()).toEqual(["l", "s\r"]);
  });

  it("are cut into pieces, never inside a character", async () => {
    const { server, typist, sent } = typing();
    typist.type(`${"x".repeat(4095)}😀y`);
    server.answers[0]?.resolve({});
    await settled();
    expect(sent()).toEqual(["x".repeat(4095), "😀y"]);
  });

  it("typed blind behind a lost one are dropped", async () => {
    const { server, typist, sent, failures } = typing();
    typist.type("rm -r");
    typist.type(" /tmp/x\r");
    server.answers[0]?.reject(new Error("lost"));
    await settled();
    expect(sent()).toEqual(["rm -r"]);
    expect(failures).toHaveLength(1);
    typist.type("y");
    expect(sent()).toEqual(["rm -r", "y"]);
  });

  it("are not sent after the shell was closed", () => {
    const { typist, sent } = typing();
    typist.close();
    typist.type("x");
    expect(sent()).toEqual([]);
  });
});

describe("what a terminal has not shown", () => {
  it("is only what is new", () => {
    const one = append(NO_OUTPUT, 5, "stdout", "a");
    const first = unshown(one, 0);
    expect(first).toEqual({ text: "a", shown: 1, gap: false });
    expect(unshown(append(one, 6, "stdout", "b"), first.shown)).toMatchObject({
      text: "b",
      shown: 2,
    });
    expect(unshown(one, first.shown).text).toBe("");
  });

  it("tells when something between was dropped", () => {
    const output = {
      chunks: [{ seq: 9, stream: "stdout" as const, text: "z" }],
      dropped: 4,
      truncated: false,
    };
    expect(unshown(output, 2)).toEqual({ text: "z", shown: 5, gap: true });
    expect(unshown(output, 5)).toEqual({ text: "", shown: 5, gap: false });
  });
});

function lab() {
  const maker = new TapeMaker().open();
  const container = maker.container("web", digest("image"));
  maker.add({ type: "exec.started", container, exec: EXEC, command: ["sh"], terminal: true });
  const says = (text: string) =>
    maker.add({ type: "exec.output", container, exec: EXEC, stream: "stdout", text });
  return { maker, container, says, scene: () => fold(maker.events) };
}

describe("a shell", () => {
  async function opened() {
    const server = new Server();
    const screen = new PaperScreen();
    const failures: unknown[] = [];
    const world = lab();
    const shell = new Shell(world.container, screen, server.send, (error) => failures.push(error));
    const opening = shell.open();
    server.answers[0]?.resolve({ exec: EXEC });
    await opening;
    return { ...world, server, screen, shell, failures };
  }

  it("starts with the screen's size and shows what the tape brings", async () => {
    const { server, screen, shell, says, scene } = await opened();
    expect(server.commands[0]).toMatchObject({
      type: "exec.start",
      terminal: true,
      columns: 80,
      rows: 24,
    });
    says("$ ");
    shell.follow(scene());
    says("ls\r\n");
    shell.follow(scene());
    shell.follow(scene());
    expect(screen.text).toBe("$ ls\r\n");
  });

  it("tells its new size once", async () => {
    const { server, shell } = await opened();
    void shell.resize({ columns: 80, rows: 24 });
    void shell.resize({ columns: 100, rows: 24 });
    void shell.resize({ columns: 100, rows: 24 });
    expect(server.commands.slice(1)).toEqual([
      { type: "exec.resize", exec: EXEC, columns: 100, rows: 24 },
    ]);
  });

  it("ends with its process, and says the exit code", async () => {
    const { maker, container, screen, shell, scene, server } = await opened();
    maker.add({ type: "exec.exited", container, exec: EXEC, exit_code: 3 });
    shell.follow(scene());
    expect(shell.state).toBe("ended");
    expect(screen.text).toContain("exit code 3");
    shell.type("x");
    expect(server.commands).toHaveLength(1);
  });

  it("is ended when its window is closed, once", async () => {
    const { server, shell } = await opened();
    const closing = shell.close();
    server.answers[1]?.reject(new Error("it ended already"));
    await closing;
    await shell.close();
    expect(server.commands.slice(1)).toEqual([{ type: "exec.end", exec: EXEC }]);
  });

  it("that is refused says so", async () => {
    const server = new Server();
    const failures: unknown[] = [];
    const shell = new Shell("c", new PaperScreen(), server.send, (error) => failures.push(error));
    const opening = shell.open();
    server.answers[0]?.reject(new Error("not running"));
    await opening;
    expect(shell.state).toBe("failed");
    expect(failures).toHaveLength(1);
  });

  it("that still runs is found again, unless it was closed here or has ended", () => {
    const { maker, container, scene } = lab();
    expect(runningShell(scene(), container)?.exec).toBe(EXEC);
    expect(runningShell(scene(), container, new Set([EXEC]))).toBeNull();
    maker.add({ type: "exec.exited", container, exec: EXEC, exit_code: 0 });
    expect(runningShell(scene(), container)).toBeNull();
  });

  it("shows all that was written before the page came", async () => {
    const { maker, container, says, scene } = lab();
    says("before\r\n");
    const screen = new PaperScreen();
    const shell = new Shell(container, screen, new Server().send, () => undefined);
    shell.attach(EXEC);
    shell.follow(fold(maker.events));
    expect(screen.text).toBe("before\r\n");
    expect(scene().execs[EXEC]?.exitCode).toBeNull();
  });
});

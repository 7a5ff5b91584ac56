/**
 * The shells that are open, one a container, each kept alive while another is looked at. Which
 * screen shows them is behind `Screen`, so that this file needs no DOM and xterm is loaded late.
 */
import type { AnyCommand } from "../../events/generated";
import type { Exec, Scene } from "../../scene/types";
import { unshown } from "./feed";
import { Typist } from "./typist";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Screen {
  write(text: string): void;
  readonly size: Size;
}

export type ShellState = "opening" | "open" | "ended" | "failed";

export type Send = (command: AnyCommand) => Promise<Record<string, unknown>>;

/** One interactive shell in one container. */
export class Shell {
  state: ShellState = "opening";
  exec: string | null = null;
  exitCode: number | null = null;
  #shown = 0;
  #typist: Typist | null = null;
  #size: Size | null = null;

  constructor(
    readonly container: string,
    readonly screen: Screen,
    private readonly send: Send,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Start the image's best shell. */
  async open(): Promise<void> {
    const { columns, rows } = this.screen.size;
    this.#size = { columns, rows };
    try {
      const result = await this.send({
        type: "exec.start",
        container: this.container,
        command: [],
        terminal: true,
        columns,
        rows,
      });
      if (typeof result["exec"] !== "string") throw new Error("The engine gave the shell no id.");
      this.attach(result["exec"]);
    } catch (error) {
      this.state = "failed";
      this.failed(error);
    }
  }

  /** Show an exec that runs already, for example after the page was loaded again. */
  attach(exec: string): void {
    this.exec = exec;
    this.state = "open";
    this.#typist = new Typist((data) => this.send({ type: "exec.type", exec, data }), this.failed);
  }

  type(data: string): void {
    if (this.state === "open") this.#typist?.type(data);
  }

  /** Tell the engine the screen's size when it is another than before. */
  async resize(size: Size): Promise<void> {
    if (this.state !== "open" || this.exec === null) return;
    if (this.#size?.columns === size.columns && this.#size.rows === size.rows) return;
    this.#size = size;
    try {
      await this.send({ type: "exec.resize", exec: this.exec, ...size });
    } catch (error) {
      this.failed(error);
    }
  }

  /** Write what the tape has and the screen has not. */
  follow(scene: Scene): void {
    const exec = this.exec === null ? undefined : scene.execs[this.exec];
    if (!exec) return;
    const portion = unshown(exec.output, this.#shown);
    this.#shown = portion.shown;
    if (portion.gap) this.screen.write("\r\n[ earlier output is left out ]\r\n");
    if (portion.text !== "") this.screen.write(portion.text);
    if (exec.exitCode !== null && this.state === "open") this.#ended(exec.exitCode);
  }

  /** The window was closed: end the shell. */
  async close(): Promise<void> {
    this.#typist?.close();
    const running = this.state === "open" && this.exec !== null;
    this.state = "ended";
    if (!running || this.exec === null) return;
    try {
      await this.send({ type: "exec.end", exec: this.exec });
    } catch {
      // It ended in the same moment: what was asked for is so.
    }
  }

  #ended(exitCode: number): void {
    this.state = "ended";
    this.exitCode = exitCode;
    this.#typist?.close();
    this.screen.write(`\r\n[ the shell ended with exit code ${exitCode} ]\r\n`);
  }
}

/** The newest shell that still runs in a container, to attach to; `closed` ones are left out. */
export function runningShell(
  scene: Scene,
  container: string,
  closed: ReadonlySet<string> = new Set(),
): Exec | null {
  const shells = Object.values(scene.execs).filter(
    (exec) =>
      exec.container === container &&
      exec.terminal &&
      exec.exitCode === null &&
      !closed.has(exec.exec),
  );
  return shells.sort((a, b) => b.seq - a.seq)[0] ?? null;
}

/** The page's shells by container, so that a terminal lives on while another panel is looked at. */
import { SvelteSet } from "svelte/reactivity";

import type { Exec, Scene } from "../../scene/types";
import { runningShell, Shell, type Screen, type Send } from "./terminals";

/** A screen that can be put into the page and taken out again without losing what it shows. */
export interface PageScreen extends Screen {
  readonly element: HTMLElement;
  onKeys(typed: (data: string) => void): void;
  onResize(resized: (size: { columns: number; rows: number }) => void): void;
  fit(): void;
  focus(): void;
  dispose(): void;
}

export interface OpenShell {
  readonly shell: Shell;
  readonly screen: PageScreen;
  readonly state: Shell["state"];
}

export class Shells {
  /** Containers whose shell was asked for; the panel makes the screen when it is drawn. */
  readonly wanted = new SvelteSet<string>();
  open = $state.raw<Readonly<Record<string, OpenShell>>>({});
  #scene: Scene | null = null;
  /** Execs that were closed here and may not have heard of it yet: not to be attached to again. */
  readonly #closed = new SvelteSet<string>();

  constructor(
    private readonly send: Send,
    private readonly failed: (error: unknown, container: string) => void,
    /** True while keys are not for any shell. */
    private readonly off: () => boolean = () => false,
  ) {}

  /** Ask for a shell; a new one when the last has ended. */
  want(container: string): void {
    const held = this.open[container];
    if (held && (held.state === "ended" || held.state === "failed")) this.#leave(container);
    this.wanted.add(container);
  }

  /** Hold a screen, so that the panel draws it and it gets its size. */
  hold(container: string, screen: PageScreen, owner: boolean): void {
    const shell = new Shell(container, screen, this.send, (error) => this.failed(error, container));
    screen.onKeys((data) => {
      if (!this.off()) shell.type(data);
    });
    screen.onResize((size) => {
      if (owner) void shell.resize(size);
    });
    this.#put(container, shell, screen);
  }

  /** Start the held screen's shell, or attach to the one that still runs since the page was loaded. */
  async start(container: string, owner: boolean): Promise<void> {
    const held = this.open[container];
    if (!held) return;
    const running = this.running(this.#scene, container);
    if (running) held.shell.attach(running.exec);
    else if (owner) await held.shell.open();
    if (this.open[container]?.shell !== held.shell) return;
    this.#put(container, held.shell, held.screen);
    if (this.#scene) this.follow(this.#scene);
  }

  /** A shell that runs in the container and was not closed on this page. */
  running(scene: Scene | null, container: string): Exec | null {
    return scene && runningShell(scene, container, this.#closed);
  }

  /** The tape moved on: write what is new, drop the shells of containers that are gone. */
  follow(scene: Scene): void {
    this.#scene = scene;
    for (const [container, { shell, screen, state }] of Object.entries(this.open)) {
      if (!scene.containers.some((each) => each.id === container)) this.forget(container);
      else {
        shell.follow(scene);
        if (shell.state !== state) this.#put(container, shell, screen);
      }
    }
  }

  async close(container: string): Promise<void> {
    await this.#leave(container)?.close();
  }

  /** It could not be shown, or its container is gone. */
  forget(container: string): void {
    this.open[container]?.screen.dispose();
    this.open = Object.fromEntries(Object.entries(this.open).filter(([id]) => id !== container));
    this.wanted.delete(container);
  }

  #put(container: string, shell: Shell, screen: PageScreen): void {
    this.open = { ...this.open, [container]: { shell, screen, state: shell.state } };
  }

  #leave(container: string): Shell | undefined {
    const shell = this.open[container]?.shell;
    if (shell?.exec) this.#closed.add(shell.exec);
    this.forget(container);
    return shell;
  }
}

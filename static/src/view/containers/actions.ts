/** Which actions a container allows now, and in words why not. The server refuses them anyway. */
import type { AnyCommand } from "../../events/generated";
import type { Container } from "../../scene/types";

export type Action =
  | "start"
  | "stop"
  | "restart"
  | "pause"
  | "resume"
  | "kill"
  | "shell"
  | "commit"
  | "rename"
  | "remove";

/** What the container's own panel offers; its shell has a pane there. */
export type PanelAction = Exclude<Action, "shell">;

export interface Offer {
  readonly action: PanelAction;
  readonly word: string;
  /** Why the action makes no sense now; null when it does. */
  readonly reason: string | null;
}

const WORDS: Readonly<Record<PanelAction, string>> = {
  start: "Start",
  stop: "Stop",
  restart: "Restart",
  pause: "Pause",
  resume: "Resume",
  kill: "Kill",
  commit: "Commit",
  rename: "Rename",
  remove: "Remove",
};

/** Every action with its reason, in the order in which they are offered. */
export function offers(container: Container, owner: boolean): Offer[] {
  return (Object.keys(WORDS) as PanelAction[]).map((action) => ({
    action,
    word: WORDS[action],
    reason: owner
      ? reasonAgainst(action, container)
      : "Only the lab’s owner can do this; you are watching.",
  }));
}

export function reasonAgainst(action: Action, container: Container): string | null {
  const { state, name } = container;
  switch (action) {
    case "start":
      if (state === "paused") return `${name} is paused: resume it.`;
      return state === "running" ? `${name} is running already.` : null;
    case "stop":
    case "kill":
      return state === "running" || state === "paused" ? null : `${name} is not running.`;
    case "restart":
      return state === "paused" ? `${name} is paused: resume it first.` : null;
    case "pause":
      return state === "running" ? null : `Only a running container can be paused.`;
    case "resume":
      return state === "paused" ? null : `${name} is not paused.`;
    case "shell":
      if (state === "paused") return `${name} is paused: resume it first.`;
      return state === "running" ? null : `${name} is not running: start it first.`;
    case "commit":
    case "rename":
    case "remove":
      return null;
  }
}

/** The command behind an action that needs no more words than the container. */
export function commandOf(
  action: Exclude<Action, "shell" | "commit" | "rename">,
  container: Container,
): AnyCommand {
  const force = container.state === "running" || container.state === "paused";
  switch (action) {
    case "remove":
      return { type: "container.remove", container: container.id, ...(force ? { force } : {}) };
    default:
      return { type: `container.${action}`, container: container.id };
  }
}

/** "running", "stopped (exit code 0)" …: the state in words, never by colour alone. */
export function stateWords(container: Container): string {
  switch (container.state) {
    case "created":
      return "created, not started yet";
    case "running":
      return "running";
    case "paused":
      return "paused";
    case "exited":
      return exitWords(container.exitCode, container.exitReason);
  }
}

function exitWords(code: number | null, reason: string | null): string {
  const exit = code === null ? "" : ` (exit code ${code})`;
  switch (reason) {
    case "completed":
      return `done${exit}`;
    case "failed":
      return `failed${exit}`;
    case "stopped":
      return `stopped${exit}`;
    case "killed":
      return `killed${exit}`;
    case "out-of-memory":
      return `ended: out of memory${exit}`;
    case "timeout":
      return `ended: its time was up${exit}`;
    case "lost":
      return `ended when the engine went away${exit}`;
    default:
      return `exited${exit}`;
  }
}

/** What the stage's buttons ask for, and the `docker` command that each stands for. */
import type { AnyCommand } from "../../events/generated";
import { dockerCommand } from "../../scene/commands";
import type { Container } from "../../scene/types";

/** A promise keeps the button busy until it is settled; whoever gives it tells what went wrong. */
export type Act = (id: string) => unknown;

/** All take an id or digest. The ones whose label ends in “…” are expected to ask first. */
export interface StageActions {
  /** Why none of them can be pressed now; null or absent when they can. */
  readonly off?: string | null;
  run: Act;
  start: Act;
  stop: Act;
  restart: Act;
  pause: Act;
  resume: Act;
  kill: Act;
  remove: Act;
  commit: Act;
  rename: Act;
  shell: Act;
  tag: Act;
  removeImage: Act;
  /** Takes an image's digest. */
  push: Act;
  /** True from the moment a push is asked for until it is over. */
  pushing?: () => boolean;
  /** Takes a reference in the registry. */
  pull: Act;
}

export type ContainerAction = Exclude<
  keyof StageActions,
  "off" | "run" | "tag" | "removeImage" | "push" | "pushing" | "pull"
>;

export interface Offer {
  readonly action: ContainerAction;
  readonly label: string;
  readonly tip: string;
}

const LABELS: Readonly<Record<ContainerAction, string>> = {
  start: "Start",
  stop: "Stop",
  restart: "Restart",
  pause: "Pause",
  resume: "Resume",
  kill: "Kill",
  remove: "Remove…",
  commit: "Commit…",
  rename: "Rename…",
  shell: "Shell",
};

/** What makes sense in the container's state: the usual first, the rest behind “More”. */
export function offersFor(container: Container): { first: Offer[]; more: Offer[] } {
  const offer = (action: ContainerAction): Offer => ({
    action,
    label: LABELS[action],
    tip: dockerCommand(commandFor(action, container)),
  });
  switch (container.state) {
    case "running":
      return {
        first: (["shell", "stop", "remove"] as const).map(offer),
        more: (["restart", "pause", "kill", "commit", "rename"] as const).map(offer),
      };
    case "paused":
      return {
        first: (["resume", "stop", "remove"] as const).map(offer),
        more: (["kill", "commit", "rename"] as const).map(offer),
      };
    default:
      return {
        first: (["start", "remove"] as const).map(offer),
        more: (["commit", "rename"] as const).map(offer),
      };
  }
}

/** The command as the browser would send it; what is asked for later stands in capitals. */
export function commandFor(action: ContainerAction, container: Container): AnyCommand {
  const name = container.name;
  switch (action) {
    case "shell":
      return { type: "exec.start", container: name, command: ["sh"], terminal: true };
    case "commit":
      return { type: "container.commit", container: name, tag: "NAME" };
    case "rename":
      return { type: "container.rename", container: name, name: "NEW_NAME" };
    case "remove":
      return {
        type: "container.remove",
        container: name,
        force: container.state === "running" || container.state === "paused",
      };
    default:
      return { type: `container.${action}`, container: name };
  }
}

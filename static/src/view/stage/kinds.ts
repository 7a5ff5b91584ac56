/** How an instruction is told apart on the stage: its hue's name, and its text without its keyword. */
import type { SlabKind } from "../../scene/select";

/** The hue that a kind of slab has; a class in `hues.css`. */
export type Hue = "from" | "run" | "copy" | "workdir" | "commit" | "config";

const HUES: Readonly<Record<SlabKind, Hue>> = {
  base: "from",
  run: "run",
  copy: "copy",
  add: "copy",
  workdir: "workdir",
  commit: "commit",
  other: "config",
};

export function hueOf(kind: SlabKind): Hue {
  return HUES[kind];
}

/** The instruction without its keyword, for a place where the keyword stands beside it. */
export function argumentsOf(instruction: string, text: string): string {
  const rest = text.trim();
  const keyword = rest.slice(0, instruction.length);
  return keyword.toUpperCase() === instruction.toUpperCase()
    ? rest.slice(instruction.length).trim()
    : rest;
}

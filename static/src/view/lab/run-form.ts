/** What may be asked of `docker run` and `docker build`: fields as typed, checked, into commands. */
import type { Build, Run, SourceFile } from "../../events/generated";
import { splitWords } from "./words";

export const DEFAULT_TAG = "my-app:latest";

export interface RunFields {
  readonly name: string;
  readonly command: string;
  /** One `KEY=value` a line. */
  readonly env: string;
  readonly count: number;
  /** False makes the container without starting it. */
  readonly start: boolean;
}

export const EMPTY_RUN: RunFields = { name: "", command: "", env: "", count: 1, start: true };

export interface BuildFields {
  readonly tag: string;
  /** One `NAME=value` a line. */
  readonly args: string;
  readonly target: string;
  readonly noCache: boolean;
}

export const EMPTY_BUILD: BuildFields = { tag: DEFAULT_TAG, args: "", target: "", noCache: false };

export type Problems<F> = Partial<Record<keyof F, string>>;

const HOST = /^[a-zA-Z0-9.-]+(:[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Why this is no name for an image; null when it is one. Docker's reference grammar. */
export function tagProblem(tag: string): string | null {
  if (tag.trim() === "") return "Give the image a name, for example my-app:latest.";
  if (tag.length > 128) return "Use at most 128 characters.";
  const colon = tag.lastIndexOf(":");
  const hasTag = colon > tag.lastIndexOf("/");
  const name = hasTag ? tag.slice(0, colon) : tag;
  if (hasTag && !TAG.test(tag.slice(colon + 1))) {
    return "After the colon use letters, digits, “.”, “_” and “-”.";
  }
  const parts = name.split("/");
  const host = parts.length > 1 && /[.:]|^localhost$/.test(parts[0] ?? "") ? parts.shift() : null;
  if (typeof host === "string" && !HOST.test(host)) return `“${host}” is not a registry’s address.`;
  if (/[A-Z]/.test(parts.join("/"))) return "An image’s name is in lower case, for example my-app.";
  return parts.every((part) => COMPONENT.test(part))
    ? null
    : "Use lower-case letters and digits; “.”, “_” and “-” only between them.";
}

/** Why no container can have this name; null when one can, or when it is left to Docker. */
export function nameProblem(name: string, taken: readonly string[]): string | null {
  if (name === "") return null;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    return "Use two characters or more: letters, digits, “_”, “.”, “-”, and start with a letter or digit.";
  }
  if (name.length > 64) return "Use at most 64 characters.";
  return taken.includes(name) ? `A container is called “${name}” already.` : null;
}

export type Pairs = { readonly pairs: Record<string, string> } | { readonly problem: string };

/** `KEY=value` lines as `docker run --env-file` reads them: blank lines and `#` lines are left out. */
export function readPairs(text: string): Pairs {
  const pairs: Record<string, string> = {};
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/\r$/, "").trimStart();
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const key = equals === -1 ? line.trim() : line.slice(0, equals);
    if (equals === -1) return { problem: `Line ${index + 1}: write ${key || "NAME"}=value.` };
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key)) {
      return { problem: `Line ${index + 1}: “${key}” is no name for a variable.` };
    }
    pairs[key] = line.slice(equals + 1);
  }
  return { pairs };
}

/** What is wrong with the run form, by field. `room` is how many containers the lab still takes. */
export function runProblems(
  fields: RunFields,
  taken: readonly string[],
  room: number,
): Problems<RunFields> {
  const problems: Problems<RunFields> = {};
  const names = namesFor(fields);
  const name = names.map((each) => nameProblem(each ?? "", taken)).find((problem) => problem);
  if (name) problems.name = name;
  const split = splitWords(fields.command);
  if ("problem" in split) problems.command = split.problem;
  const env = readPairs(fields.env);
  if ("problem" in env) problems.env = env.problem;
  if (!Number.isInteger(fields.count) || fields.count < 1) problems.count = "Run one or more.";
  else if (fields.count > room) problems.count = roomWords(room);
  return problems;
}

/** The commands for a form without problems: one a container. */
export function runCommands(image: string, fields: RunFields): Run[] {
  const split = splitWords(fields.command);
  const env = readPairs(fields.env);
  const words = "words" in split ? split.words : [];
  return namesFor(fields).map((name) => ({
    type: "container.run",
    image,
    ...(name === null ? {} : { name }),
    ...(words.length === 0 ? {} : { command: words }),
    ...("pairs" in env && Object.keys(env.pairs).length > 0 ? { env: env.pairs } : {}),
    ...(fields.start ? {} : { start: false }),
  }));
}

export function buildProblems(fields: BuildFields): Problems<BuildFields> {
  const problems: Problems<BuildFields> = {};
  const tag = tagProblem(fields.tag);
  if (tag) problems.tag = tag;
  const args = readPairs(fields.args);
  if ("problem" in args) problems.args = args.problem;
  if (fields.target !== "" && !/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(fields.target)) {
    problems.target = "Write the name after AS, or the stage’s number.";
  }
  return problems;
}

export function buildCommand(files: readonly SourceFile[], fields: BuildFields): Build {
  const args = readPairs(fields.args);
  return {
    type: "build",
    files: [...files],
    tag: fields.tag.trim(),
    ...("pairs" in args && Object.keys(args.pairs).length > 0 ? { args: args.pairs } : {}),
    ...(fields.target === "" ? {} : { target: fields.target }),
    ...(fields.noCache ? { no_cache: true } : {}),
  };
}

/** True when anything but the tag differs from what Build does by itself. */
export function hasOptions(fields: BuildFields): boolean {
  return fields.args.trim() !== "" || fields.target !== "" || fields.noCache;
}

// Three containers called "web" are web-1, web-2 and web-3: a name can be had once.
function namesFor(fields: RunFields): (string | null)[] {
  const count = Number.isInteger(fields.count) && fields.count > 0 ? Math.min(fields.count, 50) : 1;
  const name = fields.name.trim();
  if (name === "") return Array.from({ length: count }, () => null);
  return count === 1 ? [name] : Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);
}

function roomWords(room: number): string {
  if (room <= 0) return "The lab is full. Remove a container first.";
  return `There is room for ${room} more container${room === 1 ? "" : "s"} in this lab.`;
}

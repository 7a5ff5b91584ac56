/** The `docker` command line that an action stands for, quoted so that a POSIX shell takes it. */
import type { AnyCommand, Build, EnterStep, Run, StartExec } from "../events/generated";
import { buildOf, containerOf, imageOf } from "./lookup";
import { imageName } from "./select";
import type { Scene } from "./types";
import { shortId } from "./words";

/**
 * The line for a command, or an empty text where Docker has none (saving files, typing keys). With a
 * scene, ids are said as names.
 */
export function dockerCommand(command: AnyCommand, scene?: Scene): string {
  const container = (ref: string): string => containerWord(ref, scene);
  const image = (ref: string): string => imageWord(ref, scene);
  switch (command.type) {
    case "files.save":
    case "build.cancel":
    case "exec.type":
    case "exec.resize":
    case "exec.end":
      return "";
    case "build":
      return buildLine(command);
    case "step.enter":
      return enterLine(command, scene);
    case "container.run":
      return runLine(command, image(command.image));
    case "container.start":
      return line("docker start", container(command.container));
    case "container.stop":
      return line("docker stop", ...grace(command.grace_seconds), container(command.container));
    case "container.kill":
      return line("docker kill", ...signal(command.signal), container(command.container));
    case "container.restart":
      return line("docker restart", ...grace(command.grace_seconds), container(command.container));
    case "container.pause":
      return line("docker pause", container(command.container));
    case "container.resume":
      return line("docker unpause", container(command.container));
    case "container.rename":
      return line("docker rename", container(command.container), command.name);
    case "container.remove":
      return line("docker rm", ...force(command.force), container(command.container));
    case "container.commit":
      return line("docker commit", container(command.container), command.tag);
    case "exec.start":
      return execLine(command, container(command.container));
    case "image.tag":
      return line("docker tag", image(command.image), command.tag);
    case "image.remove":
      return line("docker rmi", ...force(command.force), image(command.image));
    case "image.push":
      return line("docker push", command.tag);
    case "image.pull":
      return line("docker pull", command.reference);
  }
}

/** `docker inspect` of a container or an image. */
export function inspectCommand(ref: string, scene?: Scene): string {
  const word = containerWord(ref, scene);
  return line("docker inspect", word === ref ? imageWord(ref, scene) : word);
}

/** What a container's writable layer holds. */
export function diffCommand(container: string, scene?: Scene): string {
  return line("docker diff", containerWord(container, scene));
}

/** What a container's main process wrote. */
export function logsCommand(container: string, scene?: Scene): string {
  return line("docker logs", containerWord(container, scene));
}

/** Which instruction made which layer of an image. */
export function historyCommand(image: string, scene?: Scene): string {
  return line("docker history", imageWord(image, scene));
}

/** The layers of an image as they are stored, each a tar of its own. */
export function saveCommand(image: string, scene?: Scene): string {
  return `${line("docker save", imageWord(image, scene))} | tar -t`;
}

/** A file of a container, on the standard output; works for a stopped one too, unlike `exec cat`. */
export function readCommand(container: string, path: string, scene?: Scene): string {
  return line("docker cp", `${containerWord(container, scene)}:${path}`, "-");
}

/** Every container of the lab, also the stopped ones, with the size of its writable layer. */
export const LIST_CONTAINERS = "docker ps --all --size";

/** Every image of the lab. */
export const LIST_IMAGES = "docker images";

/** What images and containers take on the disk. */
export const DISK_USAGE = "docker system df --verbose";

/** One word for a POSIX shell, in single quotes where it needs any. */
export function quote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `start` is taken as it is; the words after it are quoted where they need it. */
function line(start: string, ...words: readonly string[]): string {
  return [start, ...words.map(quote)].join(" ");
}

function buildLine(command: Build): string {
  const args = Object.entries(command.args ?? {}).flatMap(([name, value]) => [
    "--build-arg",
    `${name}=${value}`,
  ]);
  return line(
    "docker build",
    "-t",
    command.tag ?? "my-app:latest",
    ...args,
    ...(command.target ? ["--target", command.target] : []),
    ...(command.no_cache ? ["--no-cache"] : []),
    ".",
  );
}

/**
 * Docker enters no step. What comes nearest: the Dockerfile cut after the step and built, which the
 * build cache makes quick, then a shell in the image.
 */
function enterLine(command: EnterStep, scene: Scene | undefined): string {
  const build = scene ? buildOf(scene, command.build) : null;
  const step = build?.steps.find((each) => each.step === command.step);
  if (!build || !step) return "";
  const args = Object.entries(build.args).flatMap(([name, value]) => [
    "--build-arg",
    `${name}=${value}`,
  ]);
  const image = `after-step-${command.step}`;
  const cut = line("head -n", String(step.line_end), "Dockerfile");
  const make = line("docker build -t", image, ...args, "-f", "-", ".");
  const enter = line("docker run -it --rm --entrypoint sh", image);
  return `${cut} | ${make} && ${enter}`;
}

function runLine(command: Run, image: string): string {
  const env = Object.entries(command.env ?? {}).flatMap(([name, value]) => [
    "-e",
    `${name}=${value}`,
  ]);
  return line(
    command.start === false ? "docker create" : "docker run -d",
    ...(command.name ? ["--name", command.name] : []),
    ...env,
    image,
    ...(command.command ?? []),
  );
}

function execLine(command: StartExec, container: string): string {
  const words = command.command ?? [];
  const start = command.terminal ? "docker exec -it" : "docker exec";
  // With no command the image's best shell is started; `sh` is the one that is nearly always there.
  return line(start, container, ...(words.length === 0 ? ["sh"] : words));
}

function grace(seconds: number | undefined): readonly string[] {
  // docker takes whole seconds, and 10 is what it waits by itself.
  return seconds === undefined || seconds === 10 ? [] : ["-t", String(Math.ceil(seconds))];
}

function signal(name: string | undefined): readonly string[] {
  return name === undefined || name === "SIGKILL" ? [] : ["--signal", name];
}

function force(forced: boolean | undefined): readonly string[] {
  return forced ? ["-f"] : [];
}

function containerWord(ref: string, scene: Scene | undefined): string {
  const name = scene ? containerOf(scene, ref)?.name : undefined;
  return name ?? (/^[0-9a-f]{64}$/.test(ref) ? shortId(ref) : ref);
}

function imageWord(ref: string, scene: Scene | undefined): string {
  const image = scene ? imageOf(scene, ref) : null;
  if (image) return imageName(image);
  return /^sha256:[0-9a-f]{64}$/.test(ref) ? shortId(ref) : ref;
}

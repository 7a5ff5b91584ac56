/**
 * The learner's files: an immutable list with the rules for paths, sizes and what counts as text.
 * Nothing here knows the editor's view or the server.
 */
import type { SourceFile } from "../../events/generated";

export type { SourceFile };

export const DOCKERFILE = "Dockerfile";
const MAX_PATH = 255;

/** What the files may take together; the lab's own limits override them. */
export interface ContextLimits {
  readonly bytes: number;
  readonly count: number;
}

export const DEFAULT_LIMITS: ContextLimits = { bytes: 1024 * 1024, count: 200 };

export function isBinary(file: SourceFile): boolean {
  return typeof file.base64 === "string";
}

/** Bytes of the file as the build context will hold it. */
export function fileSize(file: SourceFile): number {
  if (typeof file.base64 === "string") return base64Size(file.base64);
  return new TextEncoder().encode(file.text ?? "").length;
}

export function totalSize(files: readonly SourceFile[]): number {
  return files.reduce((sum, file) => sum + fileSize(file), 0);
}

export function findFile(files: readonly SourceFile[], path: string): SourceFile | undefined {
  return files.find((file) => file.path === path);
}

/** The order of the tabs: the Dockerfile first, then by name. */
export function inTabOrder(files: readonly SourceFile[]): SourceFile[] {
  const rank = (path: string) => (path === DOCKERFILE ? 0 : path === ".dockerignore" ? 1 : 2);
  return [...files].sort(
    (a, b) => rank(a.path) - rank(b.path) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  );
}

/** `./src//app.py` and `src\app.py` mean `src/app.py`. */
export function tidyPath(path: string): string {
  return path
    .trim()
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Why a path cannot be used, in words for the learner; null when it can. */
export function pathProblem(
  path: string,
  files: readonly SourceFile[],
  renaming: string | null = null,
): string | null {
  if (path.trim().startsWith("/")) {
    return "Start without “/”: files live in the build context, not on the disk’s root.";
  }
  const tidy = tidyPath(path);
  if (tidy === "") return "Give the file a name, for example app.py.";
  if (tidy.length > MAX_PATH) return `Use at most ${MAX_PATH} characters.`;
  if (tidy.split("/").includes(".."))
    return "“..” would leave the build context. Use a name inside it.";
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(tidy)) return "A name cannot hold control characters.";
  const others = files.filter((file) => file.path !== renaming);
  if (others.some((file) => file.path === tidy)) return `There is a file “${tidy}” already.`;
  const clash = others.find(
    (file) => file.path.startsWith(`${tidy}/`) || tidy.startsWith(`${file.path}/`),
  );
  if (clash) return `“${clash.path}” is there already: a name is a file or a folder, not both.`;
  return null;
}

export function addFile(files: readonly SourceFile[], file: SourceFile): SourceFile[] {
  return [...files.filter((other) => other.path !== file.path), file];
}

export function removeFile(files: readonly SourceFile[], path: string): SourceFile[] {
  return files.filter((file) => file.path !== path);
}

export function renameFile(files: readonly SourceFile[], from: string, to: string): SourceFile[] {
  return files.map((file) => (file.path === from ? { ...file, path: to } : file));
}

export function setText(files: readonly SourceFile[], path: string, text: string): SourceFile[] {
  return files.map((file) => (file.path === path ? { path, text } : file));
}

/** The tab to show when the one shown is gone. */
export function tabAfterRemoval(files: readonly SourceFile[], removed: string): string | null {
  const tabs = inTabOrder(files).map((file) => file.path);
  const rest = tabs.filter((path) => path !== removed);
  return rest[Math.min(tabs.indexOf(removed), rest.length - 1)] ?? null;
}

/** What stands in the way of more files, in words; null when nothing does. */
export function contextProblem(
  files: readonly SourceFile[],
  limits: ContextLimits = DEFAULT_LIMITS,
): string | null {
  if (files.length > limits.count) {
    return `${files.length} files are more than the ${limits.count} that a build context may have here.`;
  }
  const size = totalSize(files);
  if (size > limits.bytes) {
    return `The files take ${size} bytes together; a build context may have ${limits.bytes} here.`;
  }
  return null;
}

/** A file out of its bytes: text when it is UTF-8 without NUL, otherwise base64. */
export function fileFromBytes(path: string, bytes: Uint8Array): SourceFile {
  if (!bytes.includes(0)) {
    try {
      // ignoreBOM keeps the mark: the bytes that are sent back must be the bytes that came.
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { path, text };
    } catch {
      // Not UTF-8: kept as bytes below.
    }
  }
  return { path, base64: toBase64(bytes) };
}

/** What `/api/diagnose` wants to know of the context. */
export function listing(files: readonly SourceFile[]): { path: string; size: number }[] {
  return files.map((file) => ({ path: file.path, size: fileSize(file) }));
}

function base64Size(base64: string): number {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return Math.max(0, Math.floor((base64.length * 3) / 4) - padding);
}

function toBase64(bytes: Uint8Array): string {
  const PIECE = 0x8000;
  let binary = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    binary += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(binary);
}

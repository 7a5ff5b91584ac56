/** A container in words: its state, how it ended, and which of its changed files to name. */
import type { FileChange } from "../../events/generated";
import type { Container } from "../../scene/types";

const REASONS: Readonly<Record<string, string>> = {
  completed: "finished",
  failed: "failed",
  stopped: "stopped",
  killed: "killed",
  "out-of-memory": "out of memory",
  timeout: "time limit",
  lost: "lost with the engine",
};

/** The state in one or two words, for example `running` or `stopped`. */
export function stateWord(container: Container): string {
  if (container.state !== "exited") return container.state;
  return REASONS[container.exitReason ?? ""] ?? "exited";
}

/** True when its process ended in another way than well or as asked. */
export function endedBadly(container: Container): boolean {
  return (
    container.state === "exited" &&
    ["failed", "out-of-memory", "timeout", "lost"].includes(container.exitReason ?? "")
  );
}

/** What it can still do: a process is there, running or frozen. */
export function isAlive(container: Container): boolean {
  return container.state === "running" || container.state === "paused";
}

/**
 * The changes worth a chip: without the directories that `docker diff` lists only because
 * something below them changed; deleted first, then modified, then added; caches last.
 */
export function notableChanges(changes: readonly FileChange[]): FileChange[] {
  const holders = new Set(changes.flatMap((change) => foldersOf(change.path)));
  // By path, for a tape from elsewhere may name one twice.
  const byPath = new Map(changes.map((change) => [change.path, change]));
  const notable = [...byPath.values()].filter(
    (change) => change.kind === "deleted" || !holders.has(change.path),
  );
  return notable.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
}

/** Nobody wrote a cache on purpose: what a learner did is named before it. */
function rank({ kind, path }: FileChange): number {
  if (/\/__pycache__\/|\.pyc$/.test(path)) return 3;
  return { deleted: 0, modified: 1, added: 2 }[kind];
}

/** `/a/b/c` → `/a`, `/a/b`. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1)) {
    folders.push(path.slice(0, at));
  }
  return folders;
}

/** A path cut in the middle of its folders: `/usr/…/site.py`; the file's name stays whole. */
export function shortPath(path: string, most = 26): string {
  if (path.length <= most) return path;
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  let head = "";
  for (const part of parts.slice(1)) {
    if (head.length + part.length + name.length + 4 > most) break;
    head += `/${part}`;
  }
  return `${head}/…/${name}`;
}

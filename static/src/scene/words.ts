/** Numbers, names and ids as a person says them. Sizes go by thousands, as Docker prints them. */

const SIZES = ["kB", "MB", "GB", "TB"] as const;
const BINARY_SIZES = ["KiB", "MiB", "GiB"] as const;

/** `950 B`, `1.2 kB`, `34 MB`. */
export function bytes(size: number): string {
  const whole = Math.max(0, Math.round(size));
  if (whole < 1000) return `${whole} B`;
  let value = whole / 1000;
  let unit = 0;
  // 999.95 and more would be written as 1000.0, which is one of the next unit.
  while (value >= 999.95 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 100 ? trim(value.toFixed(1)) : value.toFixed(0)} ${SIZES[unit]}`;
}

/** A limit's bytes: a round number of KiB or MiB stays round, any other is said as a size. */
export function limitBytes(size: number): string {
  let value = size;
  let unit = -1;
  while (unit < BINARY_SIZES.length - 1 && value >= 1024 && value % 1024 === 0) {
    value /= 1024;
    unit += 1;
  }
  return unit < 0 ? bytes(size) : `${value} ${BINARY_SIZES[unit]}`;
}

/** Memory as `docker stats` says it: `476 KiB`, `12.4 MiB`, `1.5 GiB`. */
export function memory(size: number): string {
  let value = Math.max(0, size) / 1024;
  let unit = 0;
  while (value >= 999.5 && unit < BINARY_SIZES.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${trim(value.toFixed(digits))} ${BINARY_SIZES[unit]}`;
}

/** `0 %`, `0.4 %`, `12 %`. */
export function percent(value: number): string {
  return `${value >= 0.05 && value < 0.95 ? value.toFixed(1) : value.toFixed(0)} %`;
}

/** `40 ms`, `2.3 s`, `1 min 5 s`. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  if (whole < 59_950) return `${trim((whole / 1000).toFixed(1))} s`;
  const seconds = Math.round(whole / 1000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

/** Twelve hexadecimal digits, as `docker ps` and `docker images` show ids. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** `1 file`, `3 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * Why something failed, as part of a sentence. Where the site found the words it marks code with
 * backticks, which a sentence cannot show; an engine's own words stay as they are.
 */
export function failureWords(event: {
  readonly message: string;
  readonly diagnosis: { readonly title: string } | null;
}): string {
  const { message, diagnosis } = event;
  const ours = message === diagnosis?.title;
  return excerpt(ours ? message.replace(/`([^`\n]+)`/g, "“$1”") : message, 200);
}

/** `a`, `a and b`, `a, b and c`; beyond `most`, `a, b and 4 more`. */
export function list(words: readonly string[], most = 3): string {
  const shown = words.length > most ? words.slice(0, most) : words.slice(0, -1);
  const last = words.length > most ? `${words.length - most} more` : words.at(-1);
  return shown.length === 0 ? (last ?? "") : `${shown.join(", ")} and ${last}`;
}

/** Text on one line, cut with an ellipsis: for quoting what a command printed. */
export function excerpt(text: string, most = 80): string {
  const line = visible(text);
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line;
}

/** Text on one line without what acts on a screen: control sequences, turns of the writing. */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- a terminal's control sequences are what goes
  const plain = text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*\u0007?|.)/g, "");
  return plain.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
}

/** Those of the changes that say most: a folder is left out when something in it is named too. */
export function telling<T extends { readonly path: string }>(changes: readonly T[]): readonly T[] {
  const folders = new Set(changes.flatMap((change) => foldersOf(change.path)));
  return changes.filter((change) => !folders.has(change.path));
}

/** `a` with its sentence ended: nothing is added after `.`, `!`, `?`, `…` or `”`. */
export function ended(text: string): string {
  const bare = text.trim();
  return bare === "" || /[.!?…”]$/.test(bare) ? bare : `${bare}.`;
}

const LIMITS: Readonly<Record<string, (limit: number) => string>> = {
  context_bytes: (limit) => `the build context may hold ${limitBytes(limit)}`,
  context_files: (limit) => `the build context may hold ${count(limit, "file")}`,
  images: (limit) => `a lab may keep ${count(limit, "image")}`,
  containers: (limit) => `a lab may keep ${count(limit, "container")}`,
  execs: (limit) => `a lab may run ${count(limit, "further process", "further processes")} at once`,
  build_seconds: (limit) => `a build may take ${duration(limit * 1000)}`,
  step_seconds: (limit) => `a step may take ${duration(limit * 1000)}`,
  exec_seconds: (limit) => `a command in a container may take ${duration(limit * 1000)}`,
  container_seconds: (limit) => `a container may run for ${duration(limit * 1000)}`,
  memory_bytes: (limit) => `a process may use ${limitBytes(limit)} of memory`,
  disk_bytes: (limit) => `a writable layer may grow to ${limitBytes(limit)}`,
  files: (limit) => `a file system may hold ${count(limit, "file")}`,
  image_bytes: (limit) => `the images of a lab may add ${limitBytes(limit)} to their base images`,
  image_files: (limit) => `an image may add ${count(limit, "file")} to its base image`,
  volumes: (limit) => `an image may have ${count(limit, "volume")}`,
  processes: (limit) => `a container may have ${count(limit, "process", "processes")} at once`,
  output_bytes: (limit) => `up to ${limitBytes(limit)} of output is kept`,
  terminal_bytes: (limit) => `a shell may write ${limitBytes(limit)}`,
  transfer_seconds: (limit) => `a push or a pull may take ${duration(limit * 1000)}`,
  registry_tags: (limit) => `a lab’s registry may keep ${count(limit, "name")}`,
  registry_bytes: (limit) => `a lab’s registry may hold ${limitBytes(limit)}`,
  commands: (limit) => `a process may run ${count(limit, "shell command")}`,
  tape_events: (limit) => `its tape may have ${count(limit, "event")}`,
  tape_bytes: (limit) => `its tape may hold ${limitBytes(limit)}`,
  idle_remove_hours: (limit) =>
    `its containers are removed when nobody has been in it for ${count(limit, "hour")}; its images stay`,
};

/** What a limit allows, as a clause: `a step may take 1 min`. */
export function limitClause(what: string, limit: number): string {
  const words = Object.hasOwn(LIMITS, what) ? LIMITS[what] : undefined;
  return words?.(limit) ?? `${what.replaceAll("_", " ")} may be ${limit}`;
}

function trim(number: string): string {
  return number.replace(/\.0$/, "");
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The words of the six discoveries: what each says, and what to try until its parts are seen. */

export type RowKey =
  "definition" | "mutability" | "persistence" | "execution" | "storage" | "command";

export interface PartWords {
  readonly key: string;
  readonly title: string;
  readonly try: string;
  readonly needed: boolean;
}

export interface RowWords {
  readonly key: RowKey;
  readonly title: string;
  readonly learned: string;
  readonly parts: readonly PartWords[];
}

const needed = (key: string, title: string, what: string): PartWords => ({
  key,
  title,
  try: what,
  needed: true,
});

const beside = (key: string, title: string, what: string): PartWords => ({
  ...needed(key, title, what),
  needed: false,
});

export const ROWS: readonly RowWords[] = [
  {
    key: "definition",
    title: "What they are",
    learned:
      "An image is a blueprint. A container is a live run of it, isolated: what one container " +
      "writes, another of the same image does not see.",
    parts: [
      needed("blueprint", "An image was built", "Press Build to make an image."),
      needed(
        "run",
        "A container of it was started",
        "Press Run to start a container of the image.",
      ),
      needed(
        "isolated",
        "Two containers of it differ",
        "Run a second container, open a shell in one of them and write a file: touch /tmp/mine",
      ),
    ],
  },
  {
    key: "mutability",
    title: "What can change",
    learned:
      "An image never changes: its digest stays the same. A container writes into a layer of its " +
      "own, on top.",
    parts: [
      needed(
        "written",
        "A container's own layer changed",
        "Open a shell in a running container and write a file: echo hello > /tmp/note",
      ),
      needed(
        "unchanged",
        "Its image was used again, with the same digest",
        "Run another container of the same image: it starts from the same, unchanged layers.",
      ),
    ],
  },
  {
    key: "persistence",
    title: "What lasts",
    learned:
      "Stopping a container keeps its files. Removing it loses them, and the image stays. " +
      "Committing keeps them, as the top layer of a new image.",
    parts: [
      needed(
        "kept",
        "Stopped and started again: the files are still there",
        "Stop a container in which you wrote a file, then start it again.",
      ),
      needed(
        "lost",
        "Removed: the files are gone, the image stays",
        "Remove a container in which you wrote a file.",
      ),
      beside(
        "committed",
        "Committed: the files are in a new image",
        "Commit a container in which you wrote a file.",
      ),
    ],
  },
  {
    key: "execution",
    title: "What runs",
    learned:
      "An image alone does nothing. A container is a process: it has an id, and when it ends it " +
      "leaves an exit code.",
    parts: [
      needed(
        "started",
        "A container got an id and a process",
        "Press Run: the image's command becomes a process.",
      ),
      needed(
        "ended",
        "The process ended with an exit code",
        "Stop a running container, or wait until its command is done, and read the exit code.",
      ),
    ],
  },
  {
    key: "storage",
    title: "What it takes",
    learned:
      "The image's layers are stored once, however many containers stand on them. Each container " +
      "adds a thin layer of its own.",
    parts: [
      needed(
        "shared",
        "Two containers on one stack at the same time",
        "Run a second container of the same image, and look at the disk meter.",
      ),
      beside(
        "sent",
        "A push sent only the layers that the registry did not have",
        "Push an image, add a line at the end of its Dockerfile, build and push again.",
      ),
    ],
  },
  {
    key: "command",
    title: "What you type",
    learned:
      "docker build makes an image of a Dockerfile. docker run makes a container of an image.",
    parts: [
      needed("build", "docker build was carried out", "Press Build: that is docker build."),
      needed("run", "docker run was carried out", "Press Run: that is docker run."),
    ],
  },
];

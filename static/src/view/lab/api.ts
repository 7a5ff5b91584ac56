/** The lab's HTTP side: questions that need no tape. Every failure is a Problem in words. */
import type { Problem, SourceFile } from "../../events/generated";
import type { Answer, Question } from "../editor/diagnose";
import {
  queryText,
  type Subject,
  type XrayFile,
  type XrayPage,
  type XrayQuery,
} from "../xray/answers";
import type { Boot } from "./boot";

export interface ReadFile {
  readonly text: string;
  readonly truncated: boolean;
  readonly binary: boolean;
}

/** One path of a layer. */
export interface LayerFile {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "whiteout";
  readonly size: number;
  readonly mode: number;
  readonly target: string | null;
}

export interface LayerPage {
  readonly files: readonly LayerFile[];
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** Pages of a layer's list read at most: where a changed file came from is an extra, not worth more. */
const MOST_PAGES = 20;

/** A refusal of the HTTP API; `problem` is what the learner reads. */
export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
  }
}

export class LabApi {
  constructor(
    private readonly boot: Boot,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
  ) {}

  diagnose(question: Question, signal?: AbortSignal): Promise<Answer> {
    return this.#json<Answer>("/api/diagnose", {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrftoken": this.boot.csrf },
      body: JSON.stringify(question),
      ...(signal ? { signal } : {}),
    });
  }

  /** The engine's own words about a container or an image, in Docker's shape. */
  inspect(ref: string): Promise<unknown> {
    return this.#json(`${this.boot.api}inspect/${encodeURIComponent(ref)}`);
  }

  /** The files of the lab as they were last saved. */
  async files(): Promise<SourceFile[]> {
    return (await this.#json<{ files: SourceFile[] }>(`${this.boot.api}files`)).files;
  }

  /** A file of a container, an image or a layer as it is now. */
  async read(ref: string, path: string): Promise<ReadFile> {
    const query = new URLSearchParams({ ref, path });
    const answer = await this.#json<Partial<ReadFile>>(`${this.boot.api}read?${query}`);
    return {
      text: answer.text ?? "",
      truncated: answer.truncated ?? false,
      binary: answer.binary ?? false,
    };
  }

  /** A file that a build was given, by the sha256 of its content. */
  kept(sha256: string): Promise<ReadFile> {
    return this.#json(`${this.boot.api}kept/${encodeURIComponent(sha256)}`);
  }

  layerFiles(digest: string, after: string): Promise<LayerPage> {
    const query = new URLSearchParams({ after });
    return this.#json(`${this.boot.api}layers/${encodeURIComponent(digest)}/files?${query}`);
  }

  /** One page of the tree of a layer, an image or a container. */
  xray(subject: Subject, query: XrayQuery): Promise<XrayPage> {
    const where = `xray/${subject.kind}/${encodeURIComponent(subject.id)}`;
    return this.#json(`${this.boot.api}${where}?${queryText(subject, query)}`);
  }

  /** A file as it is in one layer, in an image or in a container; also one that a later layer hides. */
  xrayFile(ref: string, path: string): Promise<XrayFile> {
    return this.#json(`${this.boot.api}xray/read?${new URLSearchParams({ ref, path })}`);
  }

  /** The paths of the files that a layer adds or changes; deletions and directories left out. */
  async layerPaths(digest: string): Promise<readonly string[]> {
    const paths: string[] = [];
    let after: string | null = "";
    for (let page = 0; after !== null && page < MOST_PAGES; page += 1) {
      const { files, next }: LayerPage = await this.layerFiles(digest, after);
      for (const { path, kind } of files) {
        if (kind === "file" || kind === "symlink") paths.push(path);
      }
      after = next;
    }
    return paths;
  }

  get exportPath(): string {
    return `${this.boot.api}events.jsonl`;
  }

  async #json<T = unknown>(path: string, init: RequestInit = {}): Promise<T> {
    const response = await this.fetcher(path, { credentials: "same-origin", ...init });
    const body: unknown = await response.json().catch(() => null);
    if (response.ok) return body as T;
    throw new ApiProblem(problemOf(body, response.status));
  }
}

export const UNREACHED: Problem = {
  code: "not-reached",
  title: "The site could not be reached.",
  why: "The network is away, or the site is being restarted.",
  try: "Nothing was lost. Try once more in a moment.",
  engine_words: "",
};

/** What the site answered, as JSON. Rejects with an ApiProblem; `unreached` when nothing answered. */
export async function answerOf(asked: Promise<Response>, unreached = UNREACHED): Promise<unknown> {
  const response = await asked.catch(() => {
    throw new ApiProblem(unreached);
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiProblem(problemOf(body, response.status));
  return body;
}

export function problemOf(body: unknown, status: number): Problem {
  const given = typeof body === "object" && body !== null ? (body as Partial<Problem>) : {};
  return {
    code: given.code ?? `http-${status}`,
    title: given.title ?? "The site did not answer as it should.",
    why: given.why ?? `It answered with the status ${status}.`,
    try: given.try ?? "Try once more in a moment.",
    engine_words: given.engine_words ?? "",
  };
}

/** Making a recording of a lab: what is asked of the site, and what it answers. */
import type { Problem } from "../../events/generated";
import type { Note } from "../../source/file";
import { answerOf, ApiProblem, UNREACHED } from "../lab/api";

/** What is to be made. Positions are those of the lab's tape. */
export interface Order {
  readonly title: string;
  readonly description: string;
  readonly from: number;
  readonly to: number;
  readonly notes: readonly Note[];
  readonly blank: { readonly output: boolean; readonly words: readonly string[] };
  /** Of the preview that was looked at; empty for a preview. */
  readonly digest: string;
}

/** Something in the recording that looks like a secret. */
export interface Finding {
  readonly where: string;
  /** Position on the lab's tape; 0 for what is at none. */
  readonly at: number;
  readonly what: string;
  readonly excerpt: string;
  /** What to blank. */
  readonly word: string;
}

/** What would leave the lab, exactly. */
export interface Preview {
  readonly events: number;
  readonly length_ms: number;
  readonly files: readonly {
    readonly path: string;
    readonly size: number;
    readonly sha256: string;
    /** The builds that were given it. */
    readonly builds: readonly number[];
    readonly text?: string;
  }[];
  /** Chunks of output with something in them. */
  readonly outputs: number;
  /** The beginning of the file itself. */
  readonly text: string;
  readonly findings: readonly Finding[];
  readonly bytes: number;
  readonly digest: string;
}

export interface Made {
  readonly id: string;
  readonly address: string;
}

export class Freezer {
  constructor(
    /** Path of the lab's API, with its closing slash. */
    private readonly api: string,
    private readonly csrf: string,
    private readonly fetcher: typeof fetch = (...args) => fetch(...args),
  ) {}

  preview(order: Order): Promise<Preview> {
    return this.#post(`${this.api}recordings/preview`, { ...order, digest: "" });
  }

  /** The order carries the digest of the preview that was seen. */
  make(order: Order): Promise<Made> {
    return this.#post(`${this.api}recordings`, order);
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    return posted<T>(this.fetcher, path, this.csrf, body);
  }
}

/** What only an owner may do: with the page's token. Rejects with an ApiProblem. */
export async function posted<T>(
  fetcher: typeof fetch,
  path: string,
  csrf: string,
  body: unknown,
): Promise<T> {
  const asked = fetcher(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json", "x-csrftoken": csrf },
    body: JSON.stringify(body),
  });
  return (await answerOf(asked)) as T;
}

/** The words of a failure, whatever it was. */
export function problemIn(error: unknown): Problem {
  return error instanceof ApiProblem ? error.problem : UNREACHED;
}

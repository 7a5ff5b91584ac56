/** The contents of builds' files, as a lab keeps them or as a recording carries them. */
import { ApiProblem, type ReadFile } from "../../lab/api";

/** A content, or in words why there is none to show. */
export type Content = { readonly text: string } | { readonly problem: string; again: boolean };

export interface Contents {
  /** Never rejects. */
  of(sha256: string): Promise<Content>;
}

/** Those that the lab keeps, asked for once. */
export class KeptContents implements Contents {
  readonly #known = new Map<string, Promise<Content>>();

  constructor(private readonly read: (sha256: string) => Promise<ReadFile>) {}

  /** What went wrong on the way is asked for anew the next time. */
  of(sha256: string): Promise<Content> {
    const known = this.#known.get(sha256);
    if (known) return known;
    const asked = this.#ask(sha256);
    this.#known.set(sha256, asked);
    void asked.then((content) => {
      if ("again" in content && content.again) this.#known.delete(sha256);
    });
    return asked;
  }

  async #ask(sha256: string): Promise<Content> {
    try {
      return contentOf(await this.read(sha256));
    } catch (error) {
      if (error instanceof ApiProblem && error.problem.code === "file-not-kept")
        return {
          problem:
            "Its content is not kept any more: a lab keeps the files of its builds only up to a size.",
          again: false,
        };
      return { problem: "Its content could not be fetched from the site.", again: true };
    }
  }
}

/** What is compared of a file that was read, or why it is not. */
export function contentOf({ text, binary, truncated }: ReadFile): Content {
  if (binary) return { problem: "It is no text, so its lines cannot be compared.", again: false };
  if (truncated)
    return { problem: "It is too large to be compared line by line here.", again: false };
  return { text };
}

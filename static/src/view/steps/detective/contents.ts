/** The contents of builds' files as the lab keeps them, asked for once. */
import { ApiProblem, type ReadFile } from "../../lab/api";

/** A content, or in words why there is none to show. */
export type Content = { readonly text: string } | { readonly problem: string; again: boolean };

export class Contents {
  readonly #known = new Map<string, Promise<Content>>();

  constructor(private readonly read: (sha256: string) => Promise<ReadFile>) {}

  /** Never rejects. What went wrong on the way is asked for anew the next time. */
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
      const { text, binary, truncated } = await this.read(sha256);
      if (binary)
        return { problem: "It is no text, so its lines cannot be compared.", again: false };
      if (truncated)
        return { problem: "It is too large to be compared line by line here.", again: false };
      return { text };
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
